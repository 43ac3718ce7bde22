import { ByteWriter } from '#dist/protocol/bytes.js';
import { readEntries, writeRemove, writeState } from '#dist/protocol/entry.js';
import type { FsyncPolicy, Opened, OpenRequest } from '#dist/protocol/log-message.js';
import { RecordDraft } from '#dist/protocol/record.js';
import { LocalLog } from '#dist/store/log/local-log.js';
import { logPath } from '#dist/store/log/names.js';
import { type Loading, Refusal } from '#dist/store/store.js';
import { MemoryDisk, seeded } from './memory-disk.js';

export const DIR = '/data';
export const LOG = logPath(DIR);

/** Ceilings by name. */
export type State = Map<string, number>;

export function identity(seed = 1) {
  const random = seeded(seed);
  return {
    random: (count: number) => Buffer.from(Array.from({ length: count }, () => random() * 256)),
    nowMs: () => 1_700_000_000_000,
  };
}

/** The entry that a sequence has this ceiling; 0 removes it. */
export function entry(name: string, ceiling: number): Buffer {
  const out = new ByteWriter();
  const bytes = Buffer.from(name);
  if (ceiling === 0) writeRemove(out, 0, bytes, 0, bytes.length);
  else writeState(out, 0, 0, ceiling, bytes, 0, bytes.length);
  return out.take();
}

export function draft(...entries: Buffer[]): RecordDraft {
  const record = new RecordDraft();
  for (const bytes of entries) record.copy(bytes, 0, bytes.length);
  return record;
}

export function applyEntries(state: State, bytes: Buffer, start = 0, end = bytes.length): void {
  readEntries(bytes, start, end, {
    state: (_database, _flags, ceiling, name, from, to) => {
      state.set(name.toString('latin1', from, to), Number(ceiling));
    },
    remove: (_database, name, from, to) => {
      state.delete(name.toString('latin1', from, to));
    },
    flush: () => state.clear(),
  });
}

export interface Loaded {
  readonly log: LocalLog;
  readonly state: State;
  readonly opened: Opened;
}

export function request(
  fsync: FsyncPolicy = 'always',
  resume?: OpenRequest['resume'],
): OpenRequest {
  return resume === undefined ? { dir: DIR, fsync } : { dir: DIR, fsync, resume };
}

export async function load(disk: MemoryDisk, open = request(), seed = 1): Promise<Loaded> {
  const state: State = new Map();
  const loading: Loading = {
    entries: (bytes, start, end) => {
      applyEntries(state, bytes, start, end);
      return undefined;
    },
    begin() {},
    progress() {},
  };
  const log = new LocalLog(disk, identity(seed));
  const opened = await log.open(open, loading);
  return { log, state, opened };
}

/** The state that a log with these bytes loads as, or the sentence with which it is refused. */
export async function loadBytes(bytes: Buffer): Promise<Loaded | string> {
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  return await loadOrRefusal(disk);
}

export async function loadOrRefusal(disk: MemoryDisk): Promise<Loaded | string> {
  try {
    return await load(disk);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

export interface Sample {
  readonly bytes: Buffer;
  readonly baseSize: number;
  /** Where each record that follows the base begins, and the state before it. */
  readonly steps: readonly { readonly offset: number; readonly state: State }[];
  readonly state: State;
}

/** Three sequences in the base, three appended batches, a final mark: as a clean stop leaves it. */
export async function sample(): Promise<Sample> {
  const disk = new MemoryDisk();
  const { log } = await load(disk);
  const base = await log.beginBase();
  await base.writeSlice(draft(entry('a', 10), entry('b', 20)));
  await base.append(draft(entry('b', 30)), 1);
  await base.writeSlice(draft(entry('c', 5)));
  await base.end();
  await base.switch();
  const baseSize = log.size;
  const state: State = new Map([
    ['a', 10],
    ['b', 30],
    ['c', 5],
  ]);
  const steps: { offset: number; state: State }[] = [];
  const note = () => steps.push({ offset: log.size, state: new Map(state) });
  for (const [lsn, name, ceiling] of [
    [2, 'a', 110],
    [3, 'd', 7],
    [4, 'b', 130],
  ] as const) {
    note();
    await log.append(draft(entry(name, ceiling)), lsn);
    await log.sync();
    state.set(name, ceiling);
  }
  note();
  await log.mark(4);
  await log.sync();
  return { bytes: disk.get(LOG), baseSize, steps, state };
}
