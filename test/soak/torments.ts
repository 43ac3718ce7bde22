import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { isAlive, kill, onlyPidOf, until } from '../server/processes.js';
import { askOnce, encode, RawClient } from '../server/raw-client.js';
import type { Scene } from './scene.js';

/** What happens to the server, one after the other, in an order that the seed decides. */
export interface Torment {
  readonly name: string;
  /** The master dies of it: afterwards nothing can be said about what it holds on to. */
  readonly isFatal?: boolean;
  act(scene: Scene): Promise<void>;
}

const SETTINGS = [
  ['reserve-block', ['1', '10', '100', '1000']],
  ['reserve-block-max', ['1000', '100000', '1000000']],
  ['reserve-threshold', ['10', '50', '90']],
  ['auto-compact-percentage', ['0', '50', '100']],
  ['heartbeat-timeout', ['2000', '3000']],
  ['maxclients', ['1000', '10000']],
] as const;

export const TORMENTS: readonly Torment[] = [
  { name: 'kill -9 the tree', isFatal: true, act: (scene) => scene.crash(true) },
  { name: 'kill -9 the master', isFatal: true, act: (scene) => scene.crash(false) },
  { name: 'kill -9 a worker', act: async (scene) => kill(await workerOf(scene)) },
  { name: 'kill -9 the writer', act: async (scene) => kill(await writerOf(scene)) },
  { name: 'stop a worker for ever', act: stopAWorkerForEver },
  { name: 'stop the writer for ever', act: stopTheWriterForEver },
  { name: 'stop a worker', act: async (scene) => stopAWhile(scene, await workerOf(scene)) },
  { name: 'stop the writer', act: async (scene) => stopAWhile(scene, await writerOf(scene)) },
  { name: 'stop the master', act: (scene) => stopAWhile(scene, scene.server.pid) },
  { name: 'compact', act: compact },
  { name: 'compact and kill the writer', act: compactAndKill },
  { name: 'CONFIG SET', act: configure },
  { name: 'HUP', act: async (scene) => kill(scene.server.pid, 'SIGHUP') },
  { name: 'USR1', act: async (scene) => kill(scene.server.pid, 'SIGUSR1') },
  { name: 'TTIN', act: (scene) => scene.changeWorkers(1) },
  { name: 'TTOU', act: (scene) => scene.changeWorkers(-1) },
  { name: 'create and remove', act: createAndRemove },
  { name: 'malformed requests', act: malformed },
  { name: 'random bytes', act: randomBytes },
  { name: 'half requests', act: halfRequests },
  { name: 'a client that never reads', act: neverReads },
  { name: 'a slow client', act: slowly },
  { name: 'a flood of connections', act: flood },
];

function pick<T>(scene: Scene, items: readonly T[]): T {
  return items[Math.floor(scene.random() * items.length)] as T;
}

async function workerOf(scene: Scene): Promise<number> {
  await scene.untilWorkers();
  return pick(scene, scene.workers());
}

function writerOf(scene: Scene): Promise<number> {
  return onlyPidOf(scene.server.pid, 'writer');
}

/** One that is still starting has longer than the heartbeat allows: this one serves. */
async function stopAWorkerForEver(scene: Scene): Promise<void> {
  const pid = await workerOf(scene);
  const serves = async () => {
    const text = String(await askOnce(scene.port, 'INFO', 'sequement'));
    return new RegExp(`process_worker\\d+:pid=${pid},`).test(text);
  };
  await until('a worker that serves', serves, 20_000);
  await stopForEver(pid);
}

/** The same for the writer, which has written something. */
async function stopTheWriterForEver(scene: Scene): Promise<void> {
  const pid = await writerOf(scene);
  const writes = async () => (await askOnce(scene.port, 'SET', 'passing', 1)) === 'OK';
  await until('a writer that serves', writes, 20_000);
  await stopForEver(pid);
}

/** Until it was given up and killed. */
async function stopForEver(pid: number): Promise<void> {
  kill(pid, 'SIGSTOP');
  await until('the end of a stopped process', () => !isAlive(pid), 20_000);
}

/** A moment, or long enough to be given up, or nearly. */
async function stopAWhile(scene: Scene, pid: number): Promise<void> {
  kill(pid, 'SIGSTOP');
  await delay(scene.random() * 2500);
  kill(pid, 'SIGCONT');
}

async function compact(scene: Scene): Promise<void> {
  await askOnce(scene.port, scene.random() < 0.5 ? 'SAVE' : 'BGREWRITEAOF').catch(() => {});
}

async function compactAndKill(scene: Scene): Promise<void> {
  const writer = await writerOf(scene);
  await askOnce(scene.port, 'BGREWRITEAOF').catch(() => {});
  await delay(scene.random() * 10);
  kill(writer);
}

async function configure(scene: Scene): Promise<void> {
  const [name, values] = pick(scene, SETTINGS);
  const answer = await askOnce(scene.port, 'CONFIG', 'SET', name, pick<string>(scene, values));
  if (answer !== 'OK') scene.problems.push(`CONFIG SET ${name}: ${answer}`);
}

async function createAndRemove(scene: Scene): Promise<void> {
  const client = await RawClient.connect(scene.port);
  const names = Array.from({ length: 500 }, (_, i) => `passing:${i}`);
  await client.send('MSET', ...names.flatMap((name) => [name, 1]));
  await client.send('DEL', ...names);
  await client.close();
}

async function malformed(scene: Scene): Promise<void> {
  const frames = [
    '*4294967296\r\n',
    '*abc\r\n',
    '*1\r\n$-1\r\n',
    '*2\r\n*1\r\n',
    'x'.repeat(70_000),
  ];
  for (const frame of frames) await talk(scene, encode(['PING']) + frame);
}

async function randomBytes(scene: Scene): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const length = 1 + Math.floor(scene.random() * 3000);
    await talk(scene, Buffer.from(Array.from({ length }, () => Math.floor(scene.random() * 256))));
  }
}

async function halfRequests(scene: Scene): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 100 }, () => open(scene)));
  for (const socket of sockets) socket.write('*2\r\n$4\r\nINCR\r\n$900\r\nhal');
  await delay(200);
  for (const socket of sockets) socket.resetAndDestroy();
}

async function neverReads(scene: Scene): Promise<void> {
  const socket = await open(scene);
  socket.pause();
  const request = encode(['ECHO', 'x'.repeat(10_000)]).repeat(10);
  for (let i = 0; i < 40 && socket.write(request); i++) await nextTurn();
  await delay(300);
  socket.destroy();
}

/** Takes numbers byte by byte; they count as all others do. */
async function slowly(scene: Scene): Promise<void> {
  const client = await RawClient.connect(scene.port);
  const { history } = scene;
  const connection = 20_000_000 + history.now;
  for (let i = 0; i < 3; i++) {
    const operation = history.take(connection, 'hot');
    const taken = new Promise<void>((resolve) => {
      client.passSlowly(
        ['INCR', 'hot'],
        (answer) => {
          if (typeof answer === 'string') history.returned(operation, BigInt(answer));
          else history.lost(operation);
          resolve();
        },
        () => {
          history.lost(operation);
          resolve();
        },
      );
    });
    await taken;
  }
  await client.close();
}

async function flood(scene: Scene): Promise<void> {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 10; i++) {
        const socket = await open(scene);
        socket.write(encode(['PING']));
        if (scene.random() < 0.5) socket.resetAndDestroy();
        else socket.destroy();
      }
    }),
  );
}

/** Sends it and reads until the server closes, which it may do at any time. */
async function talk(scene: Scene, bytes: string | Buffer): Promise<void> {
  const socket = await open(scene);
  const closed = once(socket, 'close');
  socket.resume();
  socket.setTimeout(5000, () => socket.destroy());
  socket.end(bytes);
  await closed;
}

async function open(scene: Scene): Promise<Socket> {
  const socket = connect({ port: scene.port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect').catch(() => {}), once(socket, 'close')]);
  return socket;
}
