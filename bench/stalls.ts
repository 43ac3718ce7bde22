import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type BigLog, nameOf, writeBigLog } from './big-log.js';
import { BenchFailure } from './failure.js';
import { memoryOfTree } from './process-tree.js';
import type { ServerSpec } from './server-spec.js';
import { startProbe } from './stall-probe.js';
import type { Workspace } from './workspace.js';

const LOADED_WITHIN_MS = 300_000;
const ANSWERED_WITHIN_MS = 300_000;
const STOPPED_WITHIN_MS = 120_000;
const END = 'the very end';
/** Names in the commands that take many. */
const MANY = 100_000;
/** Sequences that are left when nearly all are removed. */
const LEFT = 10;

/** What one command did to others. */
export interface Stall {
  readonly command: string;
  /** Until it was answered. */
  readonly tookMs: number;
  /** How long another client waited for its answer meanwhile, at the worst. */
  readonly worstMs: number;
  /** CPU time of the master's one thread. */
  readonly masterMs: number;
  /** Not a number when the connection was closed in place of an answer. */
  readonly replyBytes: number;
}

export interface StallResult {
  readonly log: BigLog;
  readonly loadedMs: number;
  readonly rss: number;
  readonly stalls: readonly Stall[];
}

type Command = readonly [title: string, ...words: string[]];

/** Runs each command whose cost may grow with the data beside another client, on a full table and on one of holes. */
export async function measureStalls(
  workspace: Workspace,
  spec: ServerSpec,
  count: number,
  signal: AbortSignal,
): Promise<StallResult[]> {
  const results: StallResult[] = [];
  for (const [log, commands] of [
    [{ count, removed: 0 }, onFullTable(count)],
    [{ count, removed: count - LEFT }, onHoles()],
  ] as const) {
    const dir = workspace.dataDirectory(spec);
    await writeBigLog(dir, log);
    const startedMs = performance.now();
    const server = await workspace.launch(spec);
    await server.ready({ keys: log.count - log.removed, deadlineMs: LOADED_WITHIN_MS }, signal);
    const loadedMs = performance.now() - startedMs;
    const { rss } = memoryOfTree(server.pid);
    const stalls: Stall[] = [];
    for (const command of commands) stalls.push(await measure(server.port, server.pid, command));
    results.push({ log, loadedMs, rss, stalls });
    await server.stopCleanly(STOPPED_WITHIN_MS, signal);
    workspace.empty(spec);
  }
  return results;
}

function onFullTable(count: number): Command[] {
  const step = Math.max(1, Math.floor(count / MANY));
  const names = Array.from({ length: Math.min(MANY, count) }, (_, i) => nameOf(i * step + 1));
  const pairs = names.flatMap((name) => [name, '2']);
  return [
    ['nothing, for comparison', 'PING'],
    ['DBSIZE', 'DBSIZE'],
    ['RANDOMKEY', 'RANDOMKEY'],
    ['SCAN 0', 'SCAN', '0'],
    ['SCAN, COUNT of all', 'SCAN', '0', 'COUNT', String(count)],
    ['SCAN, COUNT of all, MATCH of none', 'SCAN', '0', 'MATCH', 'none*', 'COUNT', String(count)],
    ['KEYS, none matches', 'KEYS', 'none*'],
    ['KEYS, all match', 'KEYS', '*'],
    [`EXISTS of ${names.length}`, 'EXISTS', ...names],
    [`MGET of ${names.length}`, 'MGET', ...names],
    [`MSET of ${names.length}`, 'MSET', ...pairs],
    [`DEL of ${names.length}`, 'DEL', ...names],
    ['SAVE', 'SAVE'],
    ['FLUSHALL', 'FLUSHALL'],
  ];
}

function onHoles(): Command[] {
  return [
    ['nothing, for comparison', 'PING'],
    ['RANDOMKEY', 'RANDOMKEY'],
    ['SCAN 0', 'SCAN', '0'],
    ['KEYS, all match', 'KEYS', '*'],
    ['FLUSHALL', 'FLUSHALL'],
  ];
}

async function measure(port: number, pid: number, [title, ...words]: Command): Promise<Stall> {
  const probe = await startProbe(port);
  try {
    await probe.worstMs();
    const masterBefore = threadMs(pid);
    const startedMs = performance.now();
    const replyBytes = await ask(port, words);
    const tookMs = performance.now() - startedMs;
    return {
      command: title,
      tookMs,
      worstMs: await probe.worstMs(),
      masterMs: threadMs(pid) - masterBefore,
      replyBytes,
    };
  } finally {
    await probe.end();
  }
}

/** Milliseconds that a process's main thread has been on a CPU. */
function threadMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1');
  return Number(text.split(' ')[0]) / 1e6;
}

/** The bytes of the answer, which is read and not parsed: what follows it tells its end. */
function ask(port: number, words: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const end = encode(['ECHO', END]);
    const last = `$${END.length}\r\n${END}\r\n`;
    let bytes = 0;
    let tail = '';
    socket.on('connect', () => socket.write(encode(words) + end));
    socket.on('data', (chunk) => {
      if (bytes === 0 && chunk[0] === 45) {
        reject(new BenchFailure(`${words[0]}: ${chunk.toString('latin1', 0, 200)}`));
      }
      bytes += chunk.length;
      tail = (tail + chunk.subarray(-last.length).toString('latin1')).slice(-last.length);
      if (tail !== last) return;
      socket.destroy();
      resolve(bytes - last.length);
    });
    socket.setTimeout(ANSWERED_WITHIN_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('error', reject);
    // A server that drops whoever asks for too much is a result as well.
    socket.on('close', () => resolve(Number.NaN));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
