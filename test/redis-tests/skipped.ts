/** The published tests that can't pass here by an intended difference, by unit: a title, or `/` and a regular expression, and why. */
export interface Skipped {
  readonly title: string;
  readonly reason: string;
}

export const skippedTests: Readonly<Record<string, readonly Skipped[]>> = {};
