/** Spreads names over slots. Whoever aims at one slot only loses what combining and holds would give. */
export function spread(bytes: Buffer, start: number, end: number): number {
  let value = end - start;
  for (let i = Math.max(start, end - 24); i < end; i++) {
    value = Math.imul(value ^ (bytes[i] as number), 0x01000193);
  }
  return value ^ (value >>> 15);
}
