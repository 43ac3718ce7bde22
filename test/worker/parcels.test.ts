import test from 'ava';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { EntryReader, EntryType } from '#dist/protocol/take-message.js';
import { composeRequest } from '#dist/worker/compose-request.js';
import { Parcels } from '#dist/worker/parcels.js';

interface Read {
  readonly tag: number;
  readonly first: number;
  readonly total: number;
  readonly totalBytes: number;
  readonly words: string[];
}

function read(out: ByteWriter): Read {
  const entry = new EntryReader();
  const bytes = out.take();
  entry.begin(bytes, 0, bytes.length);
  if (!entry.next() || entry.type !== EntryType.piece) throw new Error('no piece');
  const { tag, first, total, totalBytes, count } = entry;
  const words = Array.from({ length: count }, (_, i) => entry.text(i));
  return { tag, first, total, totalBytes, words };
}

test('the pieces of a command have all its arguments, and what it was read from may change', (t) => {
  for (const [count, length] of [
    [3, 5],
    [10_000, 3],
    [700, 1000],
    [3, 200_000],
  ] as const) {
    const words = Array.from({ length: count }, (_, i) => `${i}`.padStart(length, 'x'));
    const request = composeRequest(words);
    const parcels = new Parcels();
    parcels.add(7, 2, 1, 3, request);
    request.bytes.fill(0);
    const out = new ByteWriter();
    const got: string[] = [];
    while (!parcels.isEmpty) {
      parcels.writeNext(out);
      const piece = read(out);
      t.is(piece.tag, 7);
      t.is(piece.first, got.length);
      t.is(piece.total, count);
      t.is(piece.totalBytes, words.join('').length);
      t.true(piece.words.length <= 4096 && piece.words.length > 0);
      got.push(...piece.words);
    }
    t.deepEqual(got, words);
  }
});

test('commands go one after the other', (t) => {
  const parcels = new Parcels();
  parcels.pieceArguments = 2;
  for (const tag of [1, 2]) parcels.add(tag, 2, 0, 3, composeRequest(['MGET', 'a', 'b']));
  const out = new ByteWriter();
  const tags: number[] = [];
  while (!parcels.isEmpty) {
    parcels.writeNext(out);
    tags.push(read(out).tag);
  }
  t.deepEqual(tags, [1, 1, 2, 2]);
});
