import { readOrder, readReport, writeOrder, writeReport } from '#dist/protocol/control-message.js';
import { ENTRY_HEADER, readEntries, writeFlush } from '#dist/protocol/entry.js';
import { FRAME_HEADER, FrameReader, FrameWriter } from '#dist/protocol/frame.js';
import { readLogReport, readLogRequest, writeLogReport } from '#dist/protocol/log-message.js';
import { EntryReader, PartReader } from '#dist/protocol/take-message.js';
import { entry } from '../store/log-tools.js';
import type { FuzzInput } from './mutation.js';
import { assert, corpusOf, type FuzzTarget, roomDuring, Violation } from './target.js';

/** What comes over our own pipes: bytes that make no sense end the process by an error, never by a hang or by memory. */

const corpus = corpusOf('frames');

/** The chunks of a stream. */
function chunksOf({ bytes, cuts }: FuzzInput): Buffer[] {
  const ends = [...cuts.map((position) => position % (bytes.length + 1)), bytes.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** Runs what may throw an Error of any kind; false when it did. */
function mayThrow(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Violation) throw error;
    assert(error instanceof Error, 'an error is an Error');
    // Out of memory, and a stack without an end, are no refusals.
    assert(!/allocation|call stack/i.test(error.message), error.message);
    return false;
  }
}

const frames: FuzzTarget = {
  name: 'frames',
  corpus,
  check(input) {
    const chunks = chunksOf(input);
    let handedOut = 0;
    let received = 0;
    const reader = new FrameReader((type, bytes, start, end) => {
      assert(type >= 0 && type < 256 && start <= end && end <= bytes.length, 'a frame is in bytes');
      handedOut += end - start + FRAME_HEADER;
    });
    const room = roomDuring(() =>
      mayThrow(() => {
        for (const chunk of chunks) {
          received += chunk.length;
          reader.push(chunk);
          assert(handedOut <= received, 'what is handed out was received');
        }
      }),
    );
    // A length is a promise: memory is taken as its bytes arrive.
    assert(room <= 4 * input.bytes.length + (4 << 20), `${room} bytes were allocated`);
  },
};

/** Every codec on every frame of the stream, whatever type it says it is. */
const messages: FuzzTarget = {
  name: 'messages',
  corpus,
  check({ bytes }) {
    mayThrow(() => new FrameReader(readAll).push(bytes));
    // And on bytes that no frame was made of.
    for (const type of [16, 33, 52]) readAll(type, bytes, 0, bytes.length);
  },
};

function readAll(type: number, bytes: Buffer, start: number, end: number): void {
  mayThrow(() => readLogRequest(type, bytes, start, end));
  mayThrow(() => readLogReport(type, bytes, start, end));
  mayThrow(() => readOrder(bytes, start, end));
  mayThrow(() => readReport(bytes, start, end));
  const steps = (bytes.length - start) / 8 + 1;
  mayThrow(() => {
    const entries = new EntryReader();
    entries.begin(bytes, start, end);
    for (let step = 0; entries.next(); step++) assert(step < steps, 'entries come to an end');
    assert(entries.starts.length <= bytes.length, 'positions are in step with the bytes');
  });
  mayThrow(() => {
    const parts = new PartReader();
    parts.begin(bytes, start, end);
    for (let step = 0; parts.next(); step++) assert(step < steps, 'parts come to an end');
  });
}

function framed(write: (out: FrameWriter) => void): Buffer {
  const out = new FrameWriter();
  write(out);
  return out.take();
}

const flush = framed((out) => writeFlush(out, 3));

/** The payload of a record: whole entries within it, or an error that says what is wrong. */
const entries: FuzzTarget = {
  name: 'entries',
  corpus: [
    Buffer.concat([entry('a', 10), entry('b'.repeat(300), 20), flush, entry('a', 0)]),
    entry('', Number.MAX_SAFE_INTEGER),
  ],
  check({ bytes, cuts }) {
    const start = (cuts[0] ?? 0) % (bytes.length + 1);
    let visited = 0;
    const name = (_bytes: Buffer, from: number, to: number) => {
      assert(
        from >= start + ENTRY_HEADER && from <= to && to <= bytes.length,
        'a name is in bytes',
      );
      visited++;
    };
    mayThrow(() => {
      const count = readEntries(bytes, start, bytes.length, {
        state: (_database, _flags, _ceiling, ...[named, from, to]) => name(named, from, to),
        remove: (_database, ...place) => name(...place),
        flush: () => visited++,
        clock: () => visited++,
        place: () => visited++,
      });
      assert(count === visited, 'every entry is visited once');
    });
    assert(visited * ENTRY_HEADER <= bytes.length, 'entries take bytes');
  },
};

/** Control messages by themselves, so that mutations hit the JSON. */
const control: FuzzTarget = {
  name: 'control',
  corpus: [
    framed((out) => writeOrder(out, { order: 'report', id: 7, subject: 'clients' })),
    framed((out) => writeReport(out, { id: 7, value: ['id=1 addr=127.0.0.1:1', { a: [1, 'x'] }] })),
    framed((out) =>
      writeLogReport(out, {
        type: 'opened',
        opened: {
          file: '0123456789abcdef',
          epoch: 1,
          size: 1000,
          baseSize: 200,
          warnings: ['a torn tail'],
        },
      }),
    ),
  ],
  check({ bytes }) {
    mayThrow(() => new FrameReader(readAll).push(bytes));
    readAll(17, bytes, Math.min(FRAME_HEADER, bytes.length), bytes.length);
  },
};

export const pipeTargets: readonly FuzzTarget[] = [frames, messages, entries, control];
