import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cpuTree, type Frame, heapTree } from './call-tree.js';
import { BenchFailure } from './failure.js';
import { flameGraph } from './flame-graph.js';
import { runLoad } from './load.js';
import { treeOf } from './process-tree.js';
import type { Server } from './server.js';
import type { ServerSpec } from './server-spec.js';
import { nameOf, type Shape } from './shapes.js';
import { figure } from './table.js';
import type { Workspace } from './workspace.js';

const execute = promisify(execFile);
const READY_WITHIN_MS = 30_000;
const PERF_WITHIN_MS = 60_000;
const AGENT = new URL('./profile-agent.js', import.meta.url);

export interface ProfileOptions {
  readonly shape: Shape;
  readonly seconds: number;
  readonly keyspace?: number | undefined;
  /** Where the profiles and flame graphs go. */
  readonly out: string;
}

/** What one process did during the load. */
export interface ProcessProfile {
  /** Its title and pid, as in the names of the files. */
  readonly process: string;
  /** Microseconds on the CPU by function, while it was not idle. */
  readonly cpu: Frame;
  /** Bytes allocated by function, in a load of its own. */
  readonly heap: Frame;
  readonly files: readonly string[];
}

export interface ProfileResult {
  readonly shape: Shape;
  /** Commands of the load whose CPU was sampled, and of the one whose allocations were. */
  readonly cpuCommands: number;
  readonly heapCommands: number;
  readonly rate: number;
  readonly processes: readonly ProcessProfile[];
  /** Percent of CPU samples by shared object, kernel included; undefined where perf does not work. */
  readonly perf?: string;
}

/** Runs Sequement with V8's profilers in all of its processes: a load for the CPU, one for the heap, one for perf. */
export async function measureProfile(
  workspace: Workspace,
  spec: ServerSpec,
  signal: AbortSignal,
  options: ProfileOptions,
): Promise<ProfileResult> {
  const { shape, seconds, keyspace, out } = options;
  const agents = workspace.dir;
  const server = await workspace.launch({
    ...spec,
    environment: {
      NODE_OPTIONS: `--import ${fileURLToPath(AGENT)}`,
      SEQUEMENT_PROFILE_DIR: agents,
    },
  });
  await server.ready({ deadlineMs: READY_WITHIN_MS }, signal);
  const batch = shape.clients * shape.pipeline;
  const load = (requests: number) =>
    runLoad({ port: server.port, shape, requests, keyspace }, signal);
  // A warm-up, so that what is sampled is compiled code.
  const guess = (await load(50 * batch)).rate;
  const { rate: hot } = await load(wholeBatches(guess * seconds, batch));
  const requests = wholeBatches(hot * seconds, batch);

  // Before V8's profilers, whose threads perf would show as well.
  const perf = await perfShares(server, join(agents, 'perf.data'), seconds, () => load(requests));
  await tellAll(server, agents, 'start cpu');
  const { rate } = await load(requests);
  const cpuFiles = await tellAll(server, agents, 'stop cpu');
  await tellAll(server, agents, 'start heap');
  const heapCommands = wholeBatches(requests / 2, batch);
  await load(heapCommands);
  const heapFiles = await tellAll(server, agents, 'stop heap');

  mkdirSync(out, { recursive: true });
  const processes: ProcessProfile[] = [];
  for (const [pid, cpuFile] of cpuFiles) {
    const heapFile = heapFiles.get(pid);
    if (heapFile === undefined) throw new BenchFailure(`Process ${pid} ended meanwhile.`);
    processes.push(keepProfiles(cpuFile, heapFile, requests, heapCommands, options));
  }
  await server.end();
  workspace.empty(spec);
  return {
    shape,
    cpuCommands: requests,
    heapCommands,
    rate,
    processes,
    ...(perf !== undefined && { perf }),
  };
}

function wholeBatches(requests: number, batch: number): number {
  return Math.max(1, Math.round(requests / batch)) * batch;
}

/** Gives an order to the agents of all processes, and returns what each answered, by pid. */
async function tellAll(server: Server, dir: string, order: string): Promise<Map<number, string>> {
  const answers = new Map<number, string>();
  for (const { pid } of treeOf(server.pid)) {
    const path = join(dir, `${pid}.sock`);
    if (existsSync(path)) answers.set(pid, await tell(path, order));
  }
  if (answers.size === 0) throw new BenchFailure('No process of the server has an agent in it.');
  return answers;
}

async function tell(path: string, order: string): Promise<string> {
  const socket = connect(path);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const ended = once(socket, 'end');
  await once(socket, 'connect');
  socket.write(order);
  await ended;
  socket.destroy();
  if (answer === '' || answer.startsWith('!')) throw new BenchFailure(`${order}: ${answer}`);
  return answer;
}

/** Copies the profiles, which Chrome's developer tools open as well, and draws them. */
function keepProfiles(
  cpuFile: string,
  heapFile: string,
  cpuCommands: number,
  heapCommands: number,
  { out, shape }: ProfileOptions,
): ProcessProfile {
  const process = basename(cpuFile).replace(/\.cpuprofile$/, '');
  const cpuText = readFileSync(cpuFile, 'utf8');
  const heapText = readFileSync(heapFile, 'utf8');
  const cpu = cpuTree(JSON.parse(cpuText));
  const heap = heapTree(JSON.parse(heapText));
  const load = `INCR, ${nameOf(shape)}`;
  const ms = (us: number) =>
    `${figure(us / 1000)} ms, ${figure((us * 1000) / cpuCommands)} ns per command`;
  const bytes = (size: number) =>
    `${figure(size / 1024)} kB, ${figure(size / heapCommands)} bytes per command`;
  const contents = [
    ['cpuprofile', cpuText],
    ['cpu.svg', flameGraph(`${process}: CPU, ${load}`, cpu, ms)],
    ['heapprofile', heapText],
    ['heap.svg', flameGraph(`${process}: allocations, ${load}`, heap, bytes)],
  ] as const;
  const files = contents.map(([ending, content]) => {
    const path = join(out, `${process}.${ending}`);
    writeFileSync(path, content);
    return path;
  });
  return { process, cpu, heap, files };
}

/** Who had the CPU, by shared object, as far as perf may look; undefined where it may not. */
async function perfShares(
  server: Server,
  path: string,
  seconds: number,
  load: () => Promise<unknown>,
): Promise<string | undefined> {
  const pids = treeOf(server.pid).map(({ pid }) => pid);
  const record = ['record', '-q', '-e', 'cpu-clock', '-F', '999', '-o', path, '-p', pids.join(',')];
  const recording = execute('perf', [...record, '--', 'sleep', String(seconds)], {
    timeout: seconds * 1000 + PERF_WITHIN_MS,
  }).then(
    () => true,
    () => false,
  );
  // perf attaches first.
  await sleep(200);
  await load();
  if (!(await recording)) return undefined;
  try {
    const report = ['report', '-i', path, '--stdio', '-q', '--sort', 'comm,dso'];
    const { stdout } = await execute('perf', report, { timeout: PERF_WITHIN_MS });
    const lines = stdout.split('\n').filter((line) => /^\s+([1-9]|\d\d)\.\d+%/.test(line));
    return lines.length === 0 ? undefined : lines.map((line) => line.trim()).join('\n');
  } catch {
    return undefined;
  }
}
