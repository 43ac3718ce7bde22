import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { megabytes, open, residentBytes, untilIdle, untilMemoryIsBack } from './crowd.js';
import { onlyPidOf, until } from './processes.js';
import { askOnce, encode, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

const END = 'the very end';

/** What free lists and fragments may keep of all of this. */
const KEPT = 120 << 20;

let server: StartedServer;
let worker = 0;
let before = 0;
let taken = 0;

test.before(async () => {
  server = await startSequement({ arguments: ['--workers', '1'] });
  worker = await onlyPidOf(server.pid, 'worker');
  await untilIdle(server.pid);
  before = residentBytes(server.pid);
});

test.serial.afterEach(async (t) => {
  await untilMemoryIsBack(server.pid, before + KEPT);
  t.log(`${megabytes(residentBytes(server.pid) - before)} more than at the start`);
  t.is(await askOnce(server.port, 'INCR', 'bystander'), String(++taken));
  t.is(await onlyPidOf(server.pid, 'worker'), worker, server.stdout);
});

test.after.always(async (t) => {
  t.is(await server.stop(), 0, server.stdout);
});

/** Takes numbers, one after the other on connections of their own, until the work is done; how many. */
async function bystander(work: Promise<unknown>): Promise<number> {
  const first = taken;
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const number = Number(await askOnce(server.port, 'INCR', 'bystander'));
    if (number !== ++taken) throw new Error(`${number} came in place of ${taken}`);
    await nextTurn();
  }
  await done;
  return taken - first;
}

interface Read {
  readonly bytes: number;
  readonly lines: number;
  readonly tail: string;
}

/** Reads until the last reply, the echo of END, or until it is closed. */
function readToTheEnd(socket: Socket): Promise<Read> {
  return new Promise((resolve) => {
    let bytes = 0;
    let lines = 0;
    let tail = '';
    const done = () => resolve({ bytes, lines, tail });
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      tail = (tail + chunk.subarray(-60).toString('latin1')).slice(-60);
      if (tail.endsWith(`${END}\r\n`)) done();
    });
    socket.once('close', done);
  });
}

const PIPELINES = [
  { name: 'INCR', request: encode(['INCR', 'a']), count: 1_000_000, lines: 1 },
  { name: 'inline PING', request: 'PING\r\n', count: 1_000_000, lines: 1 },
  { name: 'GET', request: encode(['GET', 'a']), count: 300_000, lines: 2 },
  { name: 'wrong commands', request: 'x\r\n', count: 300_000, lines: 1 },
] as const;

for (const { name, request, count, lines } of PIPELINES) {
  test.serial(`${count} ${name} in one pipeline are answered, and others meanwhile`, async (t) => {
    await askOnce(server.port, 'SET', 'a', 0);
    const socket = await open(server.port);
    socket.write(request.repeat(count));
    socket.write(encode(['ECHO', END]));
    const reading = readToTheEnd(socket);
    t.true((await bystander(reading)) > 0);
    const read = await reading;
    t.true(read.tail.endsWith(`${END}\r\n`), read.tail);
    t.is(read.lines, count * lines + 2);
    if (name === 'INCR') t.is(await askOnce(server.port, 'GET', 'a'), String(count));
    socket.destroy();
  });
}

for (const request of ['INFO', 'CLIENT LIST']) {
  test.serial(
    `20000 ${request} in one pipeline, which every worker is asked for, hold nobody up`,
    async (t) => {
      const socket = await open(server.port);
      socket.write(`${request}\r\n`.repeat(20_000));
      socket.write(encode(['ECHO', END]));
      const reading = readToTheEnd(socket);
      t.true((await bystander(reading)) > 0);
      // It took half a gigabyte when each of them asked for itself.
      t.true(residentBytes(server.pid) < before + (250 << 20));
      t.true((await reading).tail.endsWith(`${END}\r\n`));
      socket.destroy();
    },
  );
}

test.serial(
  'a pipeline whose answers are never read costs no more than its limits, and nobody anything',
  async (t) => {
    const sockets: Socket[] = [];
    for (let i = 0; i < 10; i++) {
      const socket = await open(server.port);
      socket.pause();
      sockets.push(socket);
      // 10 kB a reply: a gigabyte, if all were answered.
      socket.write(encode(['ECHO', 'x'.repeat(10_000)]).repeat(2000));
      socket.write('PING\r\n'.repeat(500_000));
    }
    // The server has stopped reading each of them when nothing more goes out to it.
    let unsent = -1;
    await until('nothing more is read', async () => {
      const last = unsent;
      unsent = sockets.reduce(
        (sum, socket) => sum + socket.writableLength + socket.bytesWritten,
        0,
      );
      await untilIdle(server.pid);
      return unsent === last;
    });
    const client = await RawClient.connect(server.port);
    t.is(await client.send('INCR', 'other'), '1');
    await client.close();
    t.true(
      residentBytes(server.pid) < before + (200 << 20),
      megabytes(residentBytes(server.pid) - before),
    );
    for (const socket of sockets) socket.destroy();
    await until('they are forgotten', async () =>
      /connected_clients:1\r/.test(String(await askOnce(server.port, 'INFO', 'clients'))),
    );
  },
);

test.serial(
  'lines of a megabyte are refused at 64 kB, a name of a megabyte is served',
  async (t) => {
    const megabyte = 'n'.repeat(1 << 20);
    for (const line of [megabyte, `*${megabyte}`, `*1\r\n$${megabyte}`, `"${megabyte}`]) {
      const socket = await open(server.port);
      // Without an end: what refuses it is its length.
      socket.write(line);
      const { tail } = await readToTheEnd(socket);
      t.regex(tail, /^-ERR Protocol error: too big [a-z ]+\r\n$/);
    }
    const client = await RawClient.connect(server.port);
    t.is(await client.send('INCR', megabyte), '1');
    t.is(await client.send('INCR', megabyte), '2');
    t.is(await client.send('DEL', megabyte), '1');
    await client.close();
  },
);

test.serial('an argument beyond the limit is refused before a byte of it is kept', async (t) => {
  const earlier = residentBytes(server.pid);
  for (const header of [
    '$536870913\r\n',
    '$9223372036854775807\r\n',
    '$-9223372036854775808\r\n',
  ]) {
    const socket = await open(server.port);
    socket.write(`*2\r\n$4\r\nINCR\r\n${header}`);
    t.regex((await readToTheEnd(socket)).tail, /^-ERR Protocol error: invalid bulk length\r\n$/);
  }
  // Announced and not sent: half a gigabyte each, and two thousand million arguments.
  const sockets = await Promise.all(Array.from({ length: 50 }, () => open(server.port)));
  for (const socket of sockets) socket.write('*2147483647\r\n$536870912\r\nx');
  t.is(await askOnce(server.port, 'INCR', 'another'), '1');
  t.true(
    residentBytes(server.pid) < earlier + (30 << 20),
    megabytes(residentBytes(server.pid) - earlier),
  );
  const closed = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
});
