import test from 'ava';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { PartReader, PartType } from '#dist/protocol/take-message.js';
import {
  composeTransaction,
  readTransaction,
  readTransactionPart,
  type Words,
  writeTouchedPart,
  writeTransactionPart,
} from '#dist/protocol/transaction-message.js';
import { request } from '../commands/fakes.js';

function textOf(words: Words | undefined): string[] | undefined {
  if (words === undefined) return undefined;
  return Array.from({ length: words.count }, (_, i) =>
    words.bytes.toString('latin1', words.starts[i], words.ends[i]),
  );
}

test('a transaction comes out as it went in', (t) => {
  const items = [
    { index: 7, database: 3, protocol: 2, words: request('set', 'x', '\x00\xff') },
    { index: 300, database: 65535, protocol: 3, words: undefined },
    { index: 0, database: 0, protocol: 2, words: request('', '') },
  ];
  const { client, items: read } = readTransaction(composeTransaction(4_000_000_001, items));
  t.is(client, 4_000_000_001);
  t.deepEqual(
    read.map((item) => ({ ...item, words: textOf(item.words) })),
    items.map((item) => ({ ...item, words: textOf(item.words) })),
  );
  t.deepEqual(readTransaction(composeTransaction(1, [])), { client: 1, items: [] });
});

test('the replies of a transaction, and who was touched, come out as they went in', (t) => {
  const out = new ByteWriter(8);
  writeTransactionPart(out, 5, [Buffer.from(':1\r\n'), undefined, Buffer.alloc(0)]);
  writeTouchedPart(out, 4_000_000_001);
  const part = new PartReader();
  part.begin(out.view(), 0, out.length);
  t.true(part.next());
  t.deepEqual([part.type, part.tag, part.isLast], [PartType.transaction, 5, true]);
  const replies = readTransactionPart(part.bytes, part.start, part.count);
  t.deepEqual(
    replies.map((reply) => reply?.toString()),
    [':1\r\n', undefined, ''],
  );
  t.true(part.next());
  t.is(part.type, PartType.touched);
  t.is(part.bytes.readDoubleLE(part.start), 4_000_000_001);
  t.false(part.next());
});
