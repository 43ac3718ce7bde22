import {
  FILE_HEADER,
  isIntact,
  payloadLength,
  RECORD_HEADER,
  recordDurable,
} from '#dist/protocol/record.js';
import { inspect } from '#dist/store/log/inspect.js';
import { DIR, LOG, loadBytes, type Sample, type State, sample } from '../store/log-tools.js';
import { MemoryDisk } from '../store/memory-disk.js';
import type { FuzzInput } from './mutation.js';
import { assert, corpusOf, type FuzzTarget } from './target.js';

const known: Sample = await sample();

/** Where each record of a log without damage lies, and how far it proves that the file had been synced. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly durable: number;
}

function placesOf(bytes: Buffer): Place[] {
  const places: Place[] = [];
  for (let start = FILE_HEADER; start < bytes.length; ) {
    const end = start + RECORD_HEADER + payloadLength(bytes, start);
    places.push({ start, end, durable: recordDurable(bytes, start) });
    start = end;
  }
  return places;
}

const places = placesOf(known.bytes);

/** How far the records that a mutant still has, at their places, prove that it had been synced. */
function provenBy(mutant: Buffer): number {
  let proven = known.baseSize;
  for (const { start, end, durable } of places) {
    if (known.bytes.subarray(start, end).equals(mutant.subarray(start, end))) {
      proven = Math.max(proven, durable);
    }
  }
  return proven;
}

/** What a log that reaches up to `size` holds. */
function stateAt(size: number): State {
  const step = known.steps.find((each) => each.offset >= size);
  return step?.state ?? known.state;
}

function isAtLeast(actual: State, wanted: State): boolean {
  return [...wanted].every(([name, ceiling]) => (actual.get(name) ?? 0) >= ceiling);
}

/** A file that was damaged: refused, or loaded as it was once, and not from before what it proves itself. */
const damage: FuzzTarget = {
  name: 'damaged logs',
  corpus: [known.bytes],
  async check({ bytes }) {
    const loaded = await loadBytes(bytes);
    await checkInspection(bytes);
    if (typeof loaded === 'string') return;
    const { state, opened } = loaded;
    assert(isAtLeast(state, stateAt(provenBy(bytes))), `goes back to ${opened.size}`);
    const states = [...known.steps.map((step) => step.state), known.state];
    const text = (each: State) => JSON.stringify([...each]);
    assert(
      states.some((each) => text(each) === text(state)),
      `${text(state)} has never been`,
    );
    assert(opened.size <= bytes.length, 'what was loaded is in the file');
  },
};

/** `sequement check` reads all that is left, whatever it is. */
async function checkInspection(bytes: Buffer): Promise<void> {
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const file = await disk.openToRead(LOG);
  let given = 0;
  const { size, lost, finding } = await inspect(file, (chunk, start, end) => {
    assert(start >= 0 && start <= end && end <= chunk.length, 'entries are in the buffer');
    given += end - start;
    return undefined;
  });
  assert(size === bytes.length, 'the file has its size');
  // A base that was cut short is lost to where it would have ended.
  const within = (place: number) => Math.min(place, size);
  const lostBytes = lost.reduce((sum, { from, to }) => sum + within(to) - within(from), 0);
  assert(given + lostBytes <= size, 'no byte is found twice');
  assert(finding.kind !== 'torn' || finding.offset >= known.baseSize, 'a base is never torn');
}

/** Any bytes under this name: loaded or refused, and no other error. */
const anything: FuzzTarget = {
  name: 'other logs',
  corpus: corpusOf('log'),
  async check({ bytes }) {
    const loaded = await loadBytes(bytes);
    if (typeof loaded === 'string') assert(loaded.includes(DIR), 'a refusal names the file');
    const again = new MemoryDisk();
    again.put(LOG, bytes);
    await inspect(await again.openToRead(LOG), () => undefined);
  },
};

/** Mutants whose checksums are right again, as a writer with a fault would leave them. */
const sealed: FuzzTarget = {
  name: 'sealed logs',
  corpus: [known.bytes, ...corpusOf('log')],
  async check({ bytes, cuts }: FuzzInput) {
    const resealed = await reseal(bytes);
    const loaded = await loadBytes(resealed);
    if (typeof loaded !== 'string') {
      assert(loaded.opened.size <= resealed.length, 'what was loaded is in the file');
    }
    // Once more with an end somewhere in it.
    await loadBytes(resealed.subarray(0, (cuts[0] ?? 0) % (resealed.length + 1)));
  },
};

async function reseal(bytes: Buffer): Promise<Buffer> {
  const { crc32 } = await import('node:zlib');
  const copy = Buffer.from(bytes);
  if (copy.length < FILE_HEADER) return copy;
  copy.writeUInt32LE(crc32(copy.subarray(16, FILE_HEADER), crc32(copy.subarray(0, 12))), 12);
  const salt = copy.readUInt32LE(16);
  for (let at = FILE_HEADER; at + RECORD_HEADER <= copy.length; ) {
    const end = at + RECORD_HEADER + payloadLength(copy, at);
    if (end > copy.length) break;
    copy.writeUInt32LE(crc32(copy.subarray(at + 8, end), salt), at + 4);
    assert(isIntact(copy, at, end, salt), 'it is sealed');
    at = end;
  }
  return copy;
}

export const logTargets: readonly FuzzTarget[] = [damage, anything, sealed];
