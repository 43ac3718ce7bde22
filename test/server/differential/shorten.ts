/**
 * The shortest list that still `fails`, found by leaving parts out: halves, quarters, and so on to single items. `fails` is asked
 * for lists of items in their order, never for the whole one.
 */
export async function shorten<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = items;
  let size = Math.ceil(kept.length / 2);
  while (size >= 1) {
    let isShorter = false;
    for (let start = 0; start < kept.length; ) {
      const without = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (without.length < kept.length && without.length > 0 && (await fails(without))) {
        kept = without;
        isShorter = true;
      } else start += size;
    }
    if (size === 1 && !isShorter) break;
    if (!isShorter || size > kept.length) size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return kept;
}
