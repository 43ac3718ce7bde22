import { once } from 'node:events';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { childrenOf, isAlive, isGone, kill, killTree, onlyPidOf, until } from './processes.js';
import { type Answer, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';
import { callsOf, Tracer } from './strace.js';

/** What is interrupted: a compaction under load, or the clean stop, which ends with one. */
export const SUBJECTS = ['compaction', 'stop'] as const;
export type Subject = (typeof SUBJECTS)[number];

/**
 * Who dies, and when: the writer alone, before the call is executed; or the whole tree, after it (the call stops the writer,
 * and nothing but what was done by then is on the disk).
 */
export const SCOPES = ['writer', 'tree'] as const;
export type Scope = (typeof SCOPES)[number];

/** One system call of the writer's: the `nth` of this name. */
export interface Step {
  readonly call: string;
  readonly nth: number;
}

const DISK_CALLS = 'unlink,openat,pwrite64,fdatasync,fsync,rename,ftruncate,close';
const KEYS = Array.from({ length: 20 }, (_, i) => `key:${i}`);
/** Changes during a compaction, one after the other: about as many as it takes time for. */
const CHANGES = 5;
/**
 * One thread for the disk, since strace counts the calls of each thread; blocks so large that takes write nothing, since the
 * steps are to be the same ones in each run.
 */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '1' };
const OPTIONS = ['--workers', '2', '--reserve-block', '1000000', '--auto-compact-percentage', '0'];

/** The system calls by which a server brings this about, in their order. */
export async function stepsOf(subject: Subject): Promise<Step[]> {
  const scene = await Scene.begin();
  const writer = await onlyPidOf(scene.server.pid, 'writer');
  const tracer = await Tracer.attach([writer], '-e', `trace=${DISK_CALLS}`);
  await scene.perform(subject);
  const calls = callsOf(await tracer.detach());
  await scene.end();
  // Other threads close their own descriptors when the process ends.
  const disk = calls.find((call) => call.name === 'unlink')?.pid;
  const counts = new Map<string, number>();
  const steps: Step[] = [];
  for (const { name, pid } of calls) {
    if (pid !== disk) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    steps.push({ call: name, nth });
  }
  return steps;
}

export interface Outcome {
  /** Not every run has as many calls as another: what arrives together is written together. */
  readonly isReached: boolean;
  readonly problems: readonly string[];
}

/** Kills at this step and starts again; what was wrong then, or before. */
export async function killAt(subject: Subject, scope: Scope, step: Step): Promise<Outcome> {
  const scene = await Scene.begin();
  const writer = await onlyPidOf(scene.server.pid, 'writer');
  const signal = scope === 'writer' ? 'KILL' : 'STOP';
  const tracer = await Tracer.inject([writer], step.call, `signal=${signal}:when=${step.nth}`);
  let isOver = false;
  const performed = scene.perform(subject).then(() => {
    isOver = true;
  });
  const wasReached = () =>
    scope === 'writer' ? !isAlive(writer) : tracer.text.includes('stopped by SIGSTOP');
  await until('the step, or the end without it', () => wasReached() || isOver);
  const isReached = wasReached();
  if (scope === 'writer') {
    await performed;
    if (subject === 'compaction') await scene.serveAgain();
  }
  await scene.killAll();
  await performed;
  await tracer.detach();
  await scene.startAgain();
  await scene.end();
  return { isReached, problems: scene.problems };
}

/** A server under load, with sequences whose values are known, and what is to be true of them after a crash. */
class Scene {
  server: StartedServer;
  readonly problems: string[] = [];
  readonly #history = new History();
  readonly #load: Load;
  /** What `exact` may be: its last acknowledged value, and those that were sent since. */
  #exact = ['0'];
  #next = 1;
  #isStopped = false;
  /** The stop said that every value is written. */
  #isClean = false;
  /** Of the last take that is not the load's: each has one of its own. */
  #connection = 0;

  private constructor(server: StartedServer) {
    this.server = server;
    this.#load = new Load({
      port: server.port,
      keys: KEYS,
      connections: 3,
      depth: 2,
      history: this.#history,
      random: seeded(server.port),
    });
  }

  static async begin(): Promise<Scene> {
    const server = await startSequement({ arguments: OPTIONS, environment: ENVIRONMENT });
    const scene = new Scene(server);
    await until('every sequence', () => scene.#load.hasServedSince(0));
    await scene.#set();
    await scene.#expect('DECR of a new sequence', ['DECR', 'gauge'], ['-1']);
    return scene;
  }

  /** Resolves when it has come about, or failed because somebody died. */
  async perform(subject: Subject): Promise<void> {
    if (subject === 'compaction') {
      const client = await RawClient.connect(this.server.port);
      const saved = client.send('SAVE').catch(() => undefined);
      // Changes that come while the new base is written: they belong into both logs.
      for (let i = 0; i < CHANGES && !client.isClosed; i++) await this.#set().catch(() => {});
      await saved;
      await client.close();
      return;
    }
    await this.#load.stop();
    this.#isStopped = true;
    const { process } = this.server;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const exit = once(process, 'exit');
    kill(this.server.pid, 'SIGTERM');
    const [status] = await exit;
    this.#isClean = status === 0;
  }

  /** After the death of the writer: another one takes changes, and compacts. */
  async serveAgain(): Promise<void> {
    const moment = this.#history.now;
    await until('every sequence again', () => this.#load.hasServedSince(moment));
    await this.#set();
    await this.#expect('SAVE', ['SAVE'], ['OK']);
    await this.#expect('exact', ['GET', 'exact'], this.#exact);
  }

  async killAll(): Promise<void> {
    const children = childrenOf(this.server.pid);
    await killTree(this.server);
    await until('the end of all processes', () => children.every(isGone));
  }

  async startAgain(): Promise<void> {
    const { dir, port } = this.server;
    this.server = await startSequement({ dir, port, arguments: OPTIONS, environment: ENVIRONMENT });
    await this.#expect('exact', ['GET', 'exact'], this.#exact);
    await this.#expect('the gauge', ['DECR', 'gauge'], ['-2']);
    if (this.#isClean) for (const key of KEYS) await this.#expectNoGap(key);
    const moment = this.#history.now;
    if (!this.#isStopped) await until('every sequence', () => this.#load.hasServedSince(moment));
    for (const key of KEYS) await this.#take(key);
  }

  async end(): Promise<void> {
    await this.#load.stop();
    this.problems.push(...this.#load.errors, ...problemsOf(this.#history));
    await this.server.stop();
  }

  async #expectNoGap(key: string): Promise<void> {
    const before = this.#history.highest(key);
    const next = await this.#take(key);
    if (next !== before + 1n)
      this.problems.push(`${key}: a gap from ${before} to ${next} after a clean stop`);
  }

  async #take(key: string): Promise<bigint> {
    const operation = this.#history.take(--this.#connection, key);
    const answer = String(await this.#ask('INCR', key));
    this.#history.returned(operation, BigInt(answer));
    return BigInt(answer);
  }

  async #set(): Promise<void> {
    const value = String(this.#next++);
    this.#exact.push(value);
    const answer = await this.#ask('SET', 'exact', value);
    if (answer === 'OK') this.#exact = [value];
    else this.problems.push(`SET answered ${answer}`);
  }

  async #expect(what: string, words: string[], allowed: readonly string[]): Promise<void> {
    const answer = String(await this.#ask(...words));
    if (!allowed.includes(answer))
      this.problems.push(`${what}: ${answer} instead of ${allowed.join(' or ')}`);
  }

  async #ask(...words: string[]): Promise<Answer> {
    const client = await RawClient.connect(this.server.port);
    try {
      return await client.send(...words);
    } finally {
      await client.close();
    }
  }
}
