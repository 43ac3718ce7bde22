/** The benchmark can't go on; the message is one sentence for whoever started it. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}

/** Somebody ended the benchmark. */
export class Stopped extends BenchFailure {
  constructor() {
    super('Stopped.');
  }
}

/** What went wrong, in words, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
