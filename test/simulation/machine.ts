import type { Config } from '#dist/config/config.js';
import type { AcceptedConnection } from '#dist/master/listener.js';
import { Master } from '#dist/master/master.js';
import { FrameReader } from '#dist/protocol/frame.js';
import { LocalLog } from '#dist/store/log/local-log.js';
import { openPipe } from '#dist/transport/shared-read.js';
import { Worker } from '#dist/worker/worker.js';
import { Outbox } from '#dist/writer/outbox.js';
import { WriterSession } from '#dist/writer/session.js';
import type { SimulatedDisk } from './disk.js';
import { SimulatedProcess } from './process.js';
import type { SimulatedSocket } from './socket.js';
import { type Happening, Host, type World } from './world.js';

export type Role = 'master' | 'worker' | 'writer';

/** What a start may only be refused for when the log is damaged; the simulated disk never damages what was synced. */
const DAMAGE = /damaged|does not begin|were acknowledged|disappeared|newer version/;

interface Running {
  readonly role: Role;
  readonly host: Host;
  /** Of a child. */
  readonly process: SimulatedProcess | undefined;
}

/**
 * A machine that runs the server: the real Master, Workers and WriterSession over simulated processes, pipes and disk. When the last
 * process of a server is gone, another one is started.
 */
export class Machine {
  readonly #world: World;
  readonly #disk: SimulatedDisk;
  readonly #config: Config;
  readonly #onEnd: (isClean: boolean) => void;
  readonly #onWorkerDeath: () => void;
  readonly #lentAfter: number;
  /** Commands on more than one name are executed name by name. */
  readonly #isInSteps: boolean;
  /** A script is suspended behind each of its commands. */
  readonly #isSliced: boolean;
  readonly #running = new Map<Host, Running>();
  /** The ends of the clients' connections that are with the server. */
  readonly #connections = new Set<SimulatedSocket>();
  #master: Master | undefined;
  #accept: ((connection: AcceptedConnection) => void) | undefined;
  #pids = 0;
  #isClean = false;
  #nextBoot: Happening | undefined;
  /** No other server follows on the one that runs. */
  isLast = false;
  boots = 0;
  deaths = 0;

  /**
   * `onEnd`: the last process of a server is gone; whether it had stopped as it was asked to. `onWorkerDeath`: a worker is gone that was
   * not asked to leave.
   */
  constructor(
    world: World,
    disk: SimulatedDisk,
    config: Config,
    onEnd: (isClean: boolean) => void,
    onWorkerDeath: () => void,
  ) {
    this.#world = world;
    this.#disk = disk;
    this.#config = config;
    this.#onEnd = onEnd;
    this.#onWorkerDeath = onWorkerDeath;
    this.#lentAfter = world.oneOf([1, 1, 2, 4, 16]);
    this.#isInSteps = world.chance(0.5);
    this.#isSliced = world.chance(0.5);
    this.#boot();
  }

  get isDown(): boolean {
    return this.#running.size === 0;
  }

  hosts(role?: Role): Host[] {
    return [...this.#running.values()]
      .filter((each) => role === undefined || each.role === role)
      .map(({ host }) => host);
  }

  #boot(): void {
    const world = this.#world;
    const host = new Host(`master ${++this.boots}`);
    this.#running.set(host, { role: 'master', host, process: undefined });
    this.#isClean = false;
    world.schedule(host, 1 + world.delay(2), () => {
      const master = new Master({
        config: this.#config,
        configFile: '',
        version: 'simulated',
        lentAfter: this.#lentAfter,
        ...(this.#isInSteps ? { stepNames: 1 } : {}),
        ...(this.#isSliced ? { sliceMs: 0 } : {}),
        messages: {
          level: 'notice',
          notice: (text) => world.note(`${host.name}: ${text}`),
          warning: (text) => this.#warned(host, text),
        },
        processes: {
          worker: (number) => this.#spawnWorker(host, number).asChildProcess,
          writer: () => this.#spawnWriter(host).asChildProcess,
        },
        listener: (onConnection) => ({
          addresses: [],
          open: async () => {
            this.#accept = onConnection;
          },
          change: async () => {},
          close: () => {
            this.#accept = undefined;
          },
        }),
        exit: (status) => {
          this.#isClean = status === 0;
          this.#die(host, status);
        },
        reload: () => this.#config,
      });
      this.#master = master;
      master.start().catch((error: unknown) => world.fail(error));
    });
  }

  #warned(host: Host, text: string): void {
    this.#world.note(`${host.name} warns: ${text}`);
    if (DAMAGE.test(text)) this.#world.fail(new Error(text));
  }

  #spawn(
    parent: Host,
    role: 'worker' | 'writer',
    name: string,
    accept: (connection: SimulatedSocket) => void,
    run: (host: Host, process: SimulatedProcess) => void,
  ): SimulatedProcess {
    const world = this.#world;
    const pid = ++this.#pids;
    const host = new Host(`${name} (${pid})`);
    const process = new SimulatedProcess(world, parent, host, pid, {
      kill: () => this.kill(host),
      pass: (passed) => {
        const connection = passed as SimulatedSocket;
        connection.host = host;
        world.schedule(host, world.delay(0.1), () => accept(connection));
      },
    });
    this.#running.set(host, { role, host, process });
    world.schedule(host, 0.5 + world.delay(2), () => run(host, process));
    return process;
  }

  #spawnWorker(parent: Host, number: number): SimulatedProcess {
    let worker: Worker | undefined;
    return this.#spawn(
      parent,
      'worker',
      `worker ${number}`,
      (connection) => worker?.accept(connection, { isSurplus: false, isTls: false }),
      (host, process) => {
        worker = new Worker({
          openPipe: (onChunk) => {
            const pipe = openPipe(process.pipe.asSocket, onChunk);
            pipe.on('end', () => this.#die(host, 0));
            pipe.on('error', () => this.#die(host, 0));
            pipe.resume();
            return pipe;
          },
          firstClientId: number * 1e9,
          ...(this.#isInSteps ? { many: { from: 3, perPiece: 1 } } : {}),
          exit: () => this.#die(host, 0),
        });
      },
    );
  }

  /** What src/writer/main.ts builds. */
  #spawnWriter(parent: Host): SimulatedProcess {
    return this.#spawn(
      parent,
      'writer',
      'writer',
      () => {},
      (host, { pipe }) => {
        const outbox = new Outbox(pipe.asSocket);
        const { random } = this.#world;
        const identity = {
          random: (count: number) =>
            Buffer.from(Array.from({ length: count }, () => random() * 256)),
          nowMs: Date.now,
        };
        const log = new LocalLog(this.#disk.memory, identity);
        const session = new WriterSession(log, outbox, Date.now, (status) => {
          void outbox.close().then(() => this.#die(host, status));
        });
        setInterval(() => session.tick(), 1000);
        const reader = new FrameReader((type, bytes, start, end) => {
          session.receive(type, bytes, start, end);
        });
        pipe.on('data', (chunk: Buffer) => reader.push(chunk));
        pipe.on('end', () => this.#die(host, 1));
        pipe.on('error', () => this.#die(host, 1));
        pipe.resume();
      },
    );
  }

  /** A client connects; false when nobody listens. `socket` is the server's end. */
  connect(socket: SimulatedSocket): boolean {
    const accept = this.#accept;
    const master = this.hosts('master')[0];
    if (accept === undefined || master === undefined) return false;
    socket.host = master;
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    this.#world.schedule(master, this.#world.delay(0.05), () => {
      const close = () => {
        if (socket.host === master) socket.abandon();
      };
      accept({ passed: socket, isTls: false, close });
    });
    return true;
  }

  /** kill -9, or the end by itself. */
  kill(host: Host): void {
    this.#world.note(`kill ${host.name}`);
    this.#die(host, null);
  }

  #die(host: Host, exitCode: number | null): void {
    const running = this.#running.get(host);
    if (running === undefined) return;
    this.deaths++;
    this.#world.note(`end of ${host.name}: ${exitCode}`);
    this.#running.delete(host);
    host.state = 'dead';
    // What the kernel still completes goes on in the name of the dead, until it asks for more.
    this.#world.current = host;
    this.#disk.settle(host);
    if (running.role === 'master') this.#masterDied();
    if (running.role === 'worker' && exitCode === null) this.#onWorkerDeath();
    running.process?.pipe.abandon();
    running.process?.ended(exitCode);
    for (const connection of this.#connections) {
      if (connection.host !== host) continue;
      this.#connections.delete(connection);
      if (this.#world.chance(0.5)) connection.peer?.reset();
      connection.abandon();
    }
    if (this.#running.size === 0) this.#ended();
  }

  #masterDied(): void {
    this.#master = undefined;
    this.#accept = undefined;
    for (const { process } of this.#running.values()) process?.stdio[4]?.abandon();
  }

  #ended(): void {
    this.#onEnd(this.#isClean);
    if (this.isLast) return;
    const { outside } = this.#world;
    this.#nextBoot = this.#world.schedule(outside, this.#world.delay(1), () => this.#boot());
  }

  /** Everything stops at once, and what the disk has not synced is anybody's guess. */
  cutPower(): void {
    this.#world.note('power cut');
    for (const host of this.hosts()) this.#die(host, null);
    if (this.#nextBoot !== undefined) this.#nextBoot.isCancelled = true;
    // What the kernel was just doing is done, or not, before the power is gone.
    this.#nextBoot = this.#world.schedule(this.#world.outside, 0, () => {
      this.#disk.crash();
      this.#boot();
    });
  }

  /** Asks the server to stop as SIGTERM does. */
  stop(): void {
    const master = this.#master;
    const host = this.hosts('master')[0];
    if (master === undefined || host === undefined) return;
    this.#world.schedule(host, 0, () => {
      this.#world.note('stop');
      master.stop().catch((error: unknown) => this.#world.fail(error));
    });
  }
}
