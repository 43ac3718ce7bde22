/**
 * HalfSipHash-1-3: a keyed hash with 32 bits of state words, so that strangers who choose the names can't aim them at
 * one place of the index. About 50 ns for 20 bytes; an unkeyed or weakly keyed hash would save half of that.
 */
export function hashName(
  key0: number,
  key1: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1;
  const length = end - start;
  const whole = end - (length & 3);
  let position = start;
  for (; position < whole; position += 4) {
    const word =
      (bytes[position] as number) |
      ((bytes[position + 1] as number) << 8) |
      ((bytes[position + 2] as number) << 16) |
      ((bytes[position + 3] as number) << 24);
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = (v1 << 5) | (v1 >>> 27);
    v1 ^= v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = (v3 << 8) | (v3 >>> 24);
    v3 ^= v2;
    v0 = (v0 + v3) | 0;
    v3 = (v3 << 7) | (v3 >>> 25);
    v3 ^= v0;
    v2 = (v2 + v1) | 0;
    v1 = (v1 << 13) | (v1 >>> 19);
    v1 ^= v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  let last = length << 24;
  if (position < end) last |= bytes[position] as number;
  if (position + 1 < end) last |= (bytes[position + 1] as number) << 8;
  if (position + 2 < end) last |= (bytes[position + 2] as number) << 16;
  v3 ^= last;
  // One round for the last word, then the three of the finish.
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = (v1 << 5) | (v1 >>> 27);
    v1 ^= v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = (v3 << 8) | (v3 >>> 24);
    v3 ^= v2;
    v0 = (v0 + v3) | 0;
    v3 = (v3 << 7) | (v3 >>> 25);
    v3 ^= v0;
    v2 = (v2 + v1) | 0;
    v1 = (v1 << 13) | (v1 >>> 19);
    v1 ^= v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round === 0) {
      v0 ^= last;
      v2 ^= 0xff;
    }
  }
  return (v1 ^ v3) >>> 0;
}
