import { crc32 } from 'node:zlib';
import test from 'ava';
import {
  decodeFileHeader,
  encodeFileHeader,
  FILE_HEADER,
  type FileHeader,
  isIntact,
  LAYOUT_VERSION,
  looksLikeRecord,
  PAYLOAD_LIMIT,
  payloadLength,
  RECORD_HEADER,
  RecordDraft,
  RecordType,
  recordDurable,
  recordLsn,
  recordType,
} from '#dist/protocol/record.js';

const HEADER: FileHeader = {
  version: LAYOUT_VERSION,
  salt: 0xdeadbeef,
  file: '0123456789abcdef',
  epoch: 3,
  cluster: '00112233445566778899aabbccddeeff',
  incarnation: 7,
  isBackup: true,
  createdMs: 1_700_000_000_123,
  baseSize: 2 ** 40 + 5,
};

function record(): Buffer {
  const draft = new RecordDraft();
  draft.latin1('payload');
  return Buffer.from(draft.seal(RecordType.append, 99, 2 ** 45 + 1, 2 ** 33 + 7, 2 ** 33));
}

test('a file header reads back as it was written', (t) => {
  const bytes = encodeFileHeader(HEADER);
  t.is(bytes.length, FILE_HEADER);
  t.deepEqual(decodeFileHeader(bytes), HEADER);
});

test('every flipped bit of a file header is noticed', (t) => {
  const bytes = encodeFileHeader(HEADER);
  for (let bit = 0; bit < FILE_HEADER * 8; bit++) {
    const spoilt = Buffer.from(bytes);
    spoilt[bit >> 3] = (spoilt[bit >> 3] as number) ^ (1 << (bit & 7));
    t.is(decodeFileHeader(spoilt), bit < 64 ? 'not a log' : 'damaged');
  }
});

test('a header of a layout to come is recognised as newer', (t) => {
  t.is(decodeFileHeader(encodeFileHeader({ ...HEADER, version: LAYOUT_VERSION + 1 })), 'newer');
});

test('a header with a flag that is not known is recognised as newer', (t) => {
  for (let flag = 1; flag < 32; flag++) {
    const bytes = encodeFileHeader(HEADER);
    bytes.writeUInt32LE((1 << flag) >>> 0, 20);
    bytes.writeUInt32LE(crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12))), 12);
    t.is(decodeFileHeader(bytes), 'newer');
  }
});

test('a header that ends early is damaged', (t) => {
  t.is(decodeFileHeader(encodeFileHeader(HEADER).subarray(0, FILE_HEADER - 1)), 'damaged');
});

test('a record carries its type, lsn, place, proof and payload', (t) => {
  const bytes = record();
  t.true(looksLikeRecord(bytes, 0, 2 ** 33 + 7));
  t.is(payloadLength(bytes, 0), 7);
  t.is(bytes.length, RECORD_HEADER + 7);
  t.is(recordType(bytes, 0), RecordType.append);
  t.is(recordLsn(bytes, 0), 2 ** 45 + 1);
  t.is(recordDurable(bytes, 0), 2 ** 33);
  t.true(isIntact(bytes, 0, bytes.length, 99));
});

test('a record at another place or of another file is not taken for one of this file', (t) => {
  const bytes = record();
  t.false(looksLikeRecord(bytes, 0, 2 ** 33 + 8));
  t.false(looksLikeRecord(bytes, 0, 7));
  t.false(isIntact(bytes, 0, bytes.length, 98));
});

test('a record that claims to be longer than any we write is none', (t) => {
  const bytes = record();
  bytes.writeUInt32LE(PAYLOAD_LIMIT, 8);
  t.true(looksLikeRecord(bytes, 0, 2 ** 33 + 7));
  bytes.writeUInt32LE(PAYLOAD_LIMIT + 1, 8);
  t.false(looksLikeRecord(bytes, 0, 2 ** 33 + 7));
});

test('every flipped bit of a record is noticed', (t) => {
  const bytes = record();
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const spoilt = Buffer.from(bytes);
    spoilt[bit >> 3] = (spoilt[bit >> 3] as number) ^ (1 << (bit & 7));
    const end = RECORD_HEADER + payloadLength(spoilt, 0);
    const isTaken =
      looksLikeRecord(spoilt, 0, 2 ** 33 + 7) &&
      end <= spoilt.length &&
      isIntact(spoilt, 0, end, 99);
    t.false(isTaken, `bit ${bit}`);
  }
});

test('a draft is empty again after clear', (t) => {
  const draft = new RecordDraft(1);
  draft.latin1('x'.repeat(10_000));
  draft.clear();
  t.is(draft.payloadLength, 0);
  t.is(draft.seal(RecordType.mark, 1, 2, 3, 3).length, RECORD_HEADER);
});
