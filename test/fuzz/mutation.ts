import fc from 'fast-check';

/** An input, and where it is cut into chunks when it comes in several. */
export interface FuzzInput {
  readonly bytes: Buffer;
  readonly cuts: readonly number[];
}

/** What has been trouble somewhere: limits of numbers, in text and in binary, and bytes with a meaning. */
const NASTY = [
  ...['', '0', '-0', '-1', '+1', '01', ' 1', '1 ', '9', '99', '65536', '65537', '2147483647'],
  ...['2147483648', '4294967295', '4294967296', '9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '-9223372036854775808', '99999999999999999999', '1e3', '0x10'],
  ...['\r\n', '\n', '\r', '\0', '"', "'", '\\', '\\x', '\\x4', '*', '$', '*1\r\n', '$0\r\n\r\n'],
  ...['\x7f\xff\xff\xff', '\xff\xff\xff\xff', '\xff\xff\xff\x7f', '\x00\x00\x00\x80'],
  ...['\xff\xff\xff\xff\xff\xff\xff\xff', '\x00\x00\x00\x00', '\x01\x00\x00\x00', '\xef\xbb\xbf'],
  ...['{', '[', '[[[[[[[[', '{"a":', 'null', '__proto__', 'include ', 'include .', '\u00e9'],
].map((text) => Buffer.from(text, 'latin1'));

const anyMutation = fc.record({
  kind: fc.constantFrom('flip', 'remove', 'insert', 'overwrite', 'repeat', 'splice', 'cut'),
  at: fc.nat(),
  length: fc.oneof(fc.nat(4), fc.nat(40), fc.nat(4000)),
  other: fc.nat(),
  bytes: fc.oneof(
    fc.constantFrom(...NASTY),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  ),
});

type Mutation = typeof anyMutation extends fc.Arbitrary<infer T> ? T : never;

/** The longest input: repetitions stop there. */
const LONGEST = 1 << 20;

function mutate(bytes: Buffer, mutation: Mutation, corpus: readonly Buffer[]): Buffer {
  const { kind, length } = mutation;
  const at = mutation.at % (bytes.length + 1);
  const end = Math.min(bytes.length, at + length);
  const around = (middle: readonly Buffer[], from = end) =>
    Buffer.concat([bytes.subarray(0, at), ...middle, bytes.subarray(from)]);
  switch (kind) {
    case 'flip': {
      const flipped = Buffer.from(bytes);
      if (at < bytes.length) flipped[at] = (flipped[at] as number) ^ (1 << (mutation.other % 8));
      return flipped;
    }
    case 'remove':
      return around([]);
    case 'insert':
      return around([mutation.bytes], at);
    case 'overwrite':
      return around([mutation.bytes], Math.min(bytes.length, at + mutation.bytes.length));
    case 'repeat': {
      const times = mutation.other % 200;
      if ((end - at) * times > LONGEST) return bytes;
      return around(Array<Buffer>(times).fill(bytes.subarray(at, end)));
    }
    case 'splice': {
      const other = corpus[mutation.other % corpus.length] as Buffer;
      const from = mutation.other % (other.length + 1);
      return around([other.subarray(from, from + length)]);
    }
    case 'cut':
      return bytes.subarray(0, at);
  }
}

/** Inputs of a corpus with some mutations each, and a few of random bytes. */
export function mutantsOf(corpus: readonly Buffer[]): fc.Arbitrary<FuzzInput> {
  const mutants = fc
    .tuple(fc.constantFrom(...corpus), fc.array(anyMutation, { maxLength: 6 }))
    .map(([seed, mutations]) => {
      let bytes = seed;
      for (const each of mutations) bytes = mutate(bytes, each, corpus);
      return bytes.subarray(0, LONGEST);
    });
  const random = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
  return fc.record({
    bytes: fc.oneof({ weight: 15, arbitrary: mutants }, { weight: 1, arbitrary: random }),
    cuts: fc.array(fc.nat(), { maxLength: 5 }),
  });
}
