import { randomBytes } from 'node:crypto';
import { writeRemove, writeState } from '#dist/protocol/entry.js';
import { RecordDraft } from '#dist/protocol/record.js';
import { LocalLog } from '#dist/store/log/local-log.js';
import { NodeDisk } from '#dist/store/node-disk.js';

const SLICE_SIZE = 256 << 10;
const DIGITS = 12;

/** What a log is to hold. */
export interface BigLog {
  readonly count: number;
  /** So many of the sequences, the first ones, are removed again: what is left of them are holes. */
  readonly removed: number;
}

/** The name of the sequence with this number, from 1 on: 20 bytes. */
export function nameOf(number: number): string {
  return `counter:${String(number).padStart(DIGITS, '0')}`;
}

/** Writes a log of sequences counter:000000000001 and so on, each with value 1, to a directory without one. */
export async function writeBigLog(dir: string, { count, removed }: BigLog): Promise<void> {
  const identity = { random: randomBytes, nowMs: Date.now };
  const log = new LocalLog(new NodeDisk(), identity);
  const unheard = { begin() {}, entries: () => undefined, progress() {} };
  await log.open({ dir, fsync: 'always' }, unheard);
  const base = await log.beginBase();
  const slice = new RecordDraft(SLICE_SIZE * 2);
  const flush = async (least: number) => {
    if (slice.payloadLength < least) return;
    await base.writeSlice(slice);
    slice.clear();
  };
  const name = Buffer.alloc(nameOf(0).length);
  const each = async (upTo: number, put: () => void) => {
    for (let number = 1; number <= upTo; number++) {
      name.write(nameOf(number), 'latin1');
      put();
      await flush(SLICE_SIZE);
    }
  };
  await each(count, () => writeState(slice, 0, 0, 1, name, 0, name.length));
  await each(removed, () => writeRemove(slice, 0, name, 0, name.length));
  await flush(1);
  await base.end();
  await base.switch();
  await log.close();
}
