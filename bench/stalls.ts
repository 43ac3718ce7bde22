import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './ask-process.js';
import { type BigLog, nameOf, writeBigLog } from './big-log.js';
import { BenchFailure } from './failure.js';
import { memoryOfTree } from './process-tree.js';
import type { ServerSpec } from './server-spec.js';
import { startProbe } from './stall-probe.js';
import { type LongestTurns, Turns } from './turns.js';
import type { Workspace } from './workspace.js';

const LOADED_WITHIN_MS = 300_000;
const STOPPED_WITHIN_MS = 120_000;
/** Names in the commands that take many. */
const MANY = 100_000;
/** Sequences that are left when nearly all are removed. */
const LEFT = 10;
/** So long after an answer a process tells of its turns. */
const TOLD_AFTER_MS = 20;
const ASKER = fileURLToPath(new URL('./ask-process.js', import.meta.url));
/** Whoever asks runs behind the server and behind who waits: it stands for another machine. */
const ASKER_PRIORITY = 10;

/** What one command did to others. */
export interface Stall {
  readonly command: string;
  /** Until it was answered. */
  readonly tookMs: number;
  /** How long another client waited for its answer meanwhile, at the worst. */
  readonly worstMs: number;
  /** The longest that a process was at before it turned to others again. */
  readonly turns: LongestTurns;
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

type Command = readonly [title: string, ...words: readonly string[]];

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
    const turns = new Turns(join(workspace.dir, 'turns'));
    const server = await workspace.launch(turns.watched(spec));
    await server.ready({ keys: log.count - log.removed, deadlineMs: LOADED_WITHIN_MS }, signal);
    const loadedMs = performance.now() - startedMs;
    const { rss } = memoryOfTree(server.pid);
    const stalls: Stall[] = [];
    for (const command of commands) {
      stalls.push(await measure(server.port, server.pid, turns, command));
    }
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
  const many = names.length;
  const all = String(count);
  const prefixed = (word: string) => (word === '2' ? word : `another-${word}`);
  return [
    ['nothing, for comparison', 'PING'],
    ['DBSIZE', 'DBSIZE'],
    ['RANDOMKEY', 'RANDOMKEY'],
    ['SCAN 0', 'SCAN', '0'],
    ['SCAN, COUNT of all', 'SCAN', '0', 'COUNT', all],
    ['SCAN, COUNT of all, MATCH of none', 'SCAN', '0', 'MATCH', 'none*', 'COUNT', all],
    ['SCAN, COUNT of all, TYPE of none', 'SCAN', '0', 'COUNT', all, 'TYPE', 'list'],
    ['KEYS, none matches', 'KEYS', 'none*'],
    ['KEYS, all match', 'KEYS', '*'],
    ['RENAME', 'RENAME', nameOf(2), 'renamed'],
    ['COPY', 'COPY', nameOf(3), 'copied'],
    [`EXISTS of ${many}`, 'EXISTS', ...names],
    [`TOUCH of ${many}`, 'TOUCH', ...names],
    [`MGET of ${many}`, 'MGET', ...names],
    [`MSET of ${many}`, 'MSET', ...pairs],
    [`MSETNX of ${many}, one is there`, 'MSETNX', ...pairs.map(prefixed), nameOf(1), '1'],
    [`MSETNX of ${many}, none is there`, 'MSETNX', ...pairs.map(prefixed)],
    [`DEL of ${many}`, 'DEL', ...names],
    [`UNLINK of ${many}`, 'UNLINK', ...names.map(prefixed)],
    ['SWAPDB', 'SWAPDB', '0', '1'],
    ['SWAPDB back', 'SWAPDB', '0', '1'],
    ['SAVE', 'SAVE'],
    ['FLUSHDB', 'FLUSHDB'],
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

async function measure(
  port: number,
  pid: number,
  turns: Turns,
  [title, ...words]: Command,
): Promise<Stall> {
  const probe = await startProbe(port);
  try {
    await probe.worstMs();
    const masterBefore = threadMs(pid);
    const startedMs = Date.now();
    const { tookMs, replyBytes = Number.NaN } = await ask({ port, commands: [words] });
    const worstMs = await probe.worstMs();
    const masterMs = threadMs(pid) - masterBefore;
    await sleep(TOLD_AFTER_MS);
    return {
      command: title,
      tookMs,
      worstMs,
      turns: turns.longestSince(startedMs),
      masterMs,
      replyBytes,
    };
  } finally {
    await probe.end();
  }
}

/** Asks from a process of its own, so that what it has to do holds nobody up who waits here. */
async function ask(question: Question): Promise<Answer> {
  const asker = fork(ASKER);
  if (asker.pid !== undefined) setPriority(asker.pid, ASKER_PRIORITY);
  asker.send(question);
  const gone = once(asker, 'exit').then((): [Answer] => [{ tookMs: 0, error: 'it has ended' }]);
  const [answer] = (await Promise.race([once(asker, 'message'), gone])) as [Answer];
  if (answer.error !== undefined) {
    throw new BenchFailure(`${question.commands[0]?.[0]}: ${answer.error}`);
  }
  return answer;
}

/** Milliseconds that a process's main thread has been on a CPU. */
function threadMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1');
  return Number(text.split(' ')[0]) / 1e6;
}
