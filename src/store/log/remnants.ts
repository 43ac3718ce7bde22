import { ALL_DATABASES, ENTRY_FLAGS_KNOWN, ENTRY_HEADER, EntryKind } from '../../protocol/entry.js';
import { type Int64, readInt64 } from '../../protocol/int64.js';
import { RECORD_HEADER, RECORD_MAGIC } from '../../protocol/record.js';
import { type LogFile, readFully } from '../disk.js';

/** What of a lost place is looked through. */
const LONGEST = 4 << 20;
/** Longer names are not guessed at. */
const NAME_LIMIT = 4096;

export type OnRemnant = (database: number, name: string, ceiling: Int64) => void;

/**
 * Tells of the states that can be read in `[from, to)` of a file, a place that holds no whole record: whoever repairs it wants to
 * know which sequences were there. Nothing proves a remnant; it is to be shown, and never served from.
 */
export async function readRemnants(
  file: LogFile,
  from: number,
  to: number,
  onRemnant: OnRemnant,
): Promise<void> {
  const bytes = Buffer.alloc(Math.min(to - from, LONGEST));
  const count = await readFully(file, bytes, 0, bytes.length, from);
  let record = 0;
  while (record >= 0 && record < count) {
    let position = record + RECORD_HEADER;
    for (;;) {
      const next = readRemnant(bytes, position, count, onRemnant);
      if (next === undefined) break;
      position = next;
    }
    record = bytes.indexOf(RECORD_MAGIC, record + 1);
  }
}

/** The end of the entry at `position`, or undefined when it is none. */
function readRemnant(
  bytes: Buffer,
  position: number,
  end: number,
  onRemnant: OnRemnant,
): number | undefined {
  if (position + ENTRY_HEADER > end) return undefined;
  const kind = bytes[position] as number;
  const flags = bytes[position + 1] as number;
  const database = bytes.readUInt16LE(position + 2);
  const length = bytes.readUInt32LE(position + 4);
  const name = position + ENTRY_HEADER;
  const isKnown = kind >= EntryKind.state && kind <= EntryKind.flush;
  if (!isKnown || (flags & ~ENTRY_FLAGS_KNOWN) !== 0) return undefined;
  if (length > NAME_LIMIT || name + length > end) return undefined;
  if (kind === EntryKind.state) {
    if (database === ALL_DATABASES) return undefined;
    const text = bytes.toString('latin1', name, name + length);
    onRemnant(database, text, readInt64(bytes, position + 8));
  }
  return name + length;
}
