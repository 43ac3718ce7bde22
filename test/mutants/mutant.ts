/** A small change of the sources that breaks one rule, and where that should be noticed. It is never in the product. */
export interface Mutant {
  /** Unique: what `--only` asks for. */
  readonly name: string;
  /** The invariant of ARCHITECTURE.md that it breaks, or the section beside them. */
  readonly rule: Rule;
  /** The source, from `src/` on. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly search: string;
  readonly replacement: string;
  /** Test files, from `test/` on and without `.test.ts`, one of which must fail. No other is run: each mutant says who guards the rule. */
  readonly tests: readonly string[];
  /** The one test of them that is run, where a file takes long. */
  readonly title?: string;
}

/** The invariants by their numbers in ARCHITECTURE.md, and what stands beside them. */
export const RULES = {
  1: 'durable before visible',
  2: 'nobody else waits',
  3: 'refill ahead',
  4: 'group commit',
  5: 'one authority at a time',
  6: 'exact where a gap would be wrong',
  7: 'a clean stop loses nothing',
  8: 'what the disk says is believed',
  9: 'real-time order',
  arithmetic: 'exact over 64 bits',
  expiry: 'what has expired is gone, and nothing else is',
  strangers: 'a request is strict and bounded',
  doors: 'who may not come in stays outside, and what is secret is not shown',
  iteration: 'SCAN names what is there',
  backups: 'a restored backup repeats nothing',
  rights: 'only what a user may do is done',
  clients: 'each client gets what is its own, and no more room than it may have',
} as const;

export type Rule = keyof typeof RULES;

/** Mutants of one rule; each of them says no more than what is its own. */
export function breaking(rule: Rule, mutants: readonly Omit<Mutant, 'rule'>[]): readonly Mutant[] {
  return mutants.map((mutant) => ({ rule, ...mutant }));
}

/** The source with the mutant in it. Throws when the mutant no longer applies, so that none can rot unnoticed. */
export function mutate(source: string, { name, file, search, replacement }: Mutant): string {
  const pieces = source.split(search);
  if (pieces.length !== 2) {
    throw new Error(
      `the mutant ${name} no longer applies: its search text stands ${pieces.length - 1} times in ${file}`,
    );
  }
  if (search === replacement) throw new Error(`the mutant ${name} changes nothing`);
  return pieces.join(replacement);
}
