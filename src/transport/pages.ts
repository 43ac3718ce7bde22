type PagedBuffer = new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

/**
 * A copy in pages of its own, which the system has back as soon as it is collected: a buffer that may be resized lies there. What
 * malloc gives is kept by the process, between what lives on: 480 MB behind 20 clients that had never read their 24 MB of KEYS.
 */
export function copyInPages(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const copy = Buffer.from(new (ArrayBuffer as PagedBuffer)(length, { maxByteLength: length }));
  copy.set(bytes);
  return copy;
}
