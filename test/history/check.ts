import type { History, Operation, ServerEvent } from './history.js';
import {
  connectionOrder,
  gaps,
  repeats,
  type Told,
  timeOrder,
  tornTransactions,
  type Untold,
} from './rising.js';
import { LAG_MS, Search } from './search.js';
import { isLook, keysOf, type Step } from './step.js';

export interface CheckOptions {
  /**
   * Where numbers of a rising sequence may be missing that no take without an answer explains: anywhere (the default, for
   * a history that does not tell when the server crashed), over a crash, or never (gauges, blocks of 1).
   */
  readonly gaps?: 'anywhere' | 'over crashes' | 'never';
  /** Numbers that a crash skips at most of a rising sequence. */
  readonly skipped?: number;
  /**
   * Whether an order is looked for in which all answers are right (search.ts). For small histories with all their crashes; sequences
   * are absent at its beginning.
   */
  readonly isSearched?: boolean;
  /** Whether the log may have failed: what it has taken back may be on the disk all the same. */
  readonly mayFail?: boolean;
  /** What the server's clock may be behind, in ms, when the machine's was set back; see LAG_MS of search.ts. */
  readonly lagMs?: number;
  /** States that the search may look at. */
  readonly budget?: number;
  /** Called when the search gave up on these keys. */
  onUndecided?(keys: readonly string[]): void;
}

const BUDGET = 100_000;

/** What is wrong with a history, in readable sentences; empty when nothing is. */
export function problemsOf(history: History, options: CheckOptions = {}): string[] {
  const problems: string[] = [];
  for (const [key, { told, untold, isRising }] of byKey(history.operations)) {
    if (!isRising) continue;
    const found = [
      ...repeats(told),
      ...timeOrder(told),
      ...connectionOrder(told),
      ...tornTransactions(told),
      ...gapProblems(told, untold, history.events, options),
    ];
    problems.push(...found.map((text) => `${key}: ${text}`));
  }
  if (options.isSearched === true) problems.push(...searched(history, options));
  return problems;
}

/** Numbers between the lowest and the highest answered one of a rising key that no answer told. */
export function gapsOf(history: History, key: string): bigint {
  const takes = byKey(history.operations).get(key)?.told ?? [];
  const [first] = takes;
  if (first === undefined) return 0n;
  let told = 0n;
  let { floor, top } = first;
  for (const each of takes) {
    told += each.top - each.floor;
    if (each.floor < floor) floor = each.floor;
    if (each.top > top) top = each.top;
  }
  return top - floor - told;
}

interface OfKey {
  readonly told: Told[];
  readonly untold: Untold[];
  isRising: boolean;
}

function byKey(operations: readonly Operation[]): Map<string, OfKey> {
  const keys = new Map<string, OfKey>();
  for (const operation of operations) {
    for (const step of operation.steps) {
      for (const key of keysOf(step)) {
        let ofKey = keys.get(key);
        if (ofKey === undefined) {
          ofKey = { told: [], untold: [], isRising: true };
          keys.set(key, ofKey);
        }
        add(ofKey, operation, step, key);
      }
    }
  }
  return keys;
}

function add(ofKey: OfKey, operation: Operation, step: Step, key: string): void {
  if (step.kind !== 'read' && isLook(step)) return;
  // What is copied stays as it was.
  if (step.kind === 'move' && step.isCopy && step.key === key) return;
  if (step.kind !== 'take' && step.kind !== 'read') ofKey.isRising = false;
  else if (step.kind === 'take' && step.amount <= 0n) ofKey.isRising = false;
  else if (operation.outcome === 'ok') {
    if (step.value === undefined) {
      // It was executed, and nobody told what it came to.
      if (step.kind === 'take') untold(ofKey, operation, step.amount, false);
      return;
    }
    const top = step.value ?? 0n;
    const floor = step.kind === 'take' ? top - step.amount : top;
    ofKey.told.push({ operation, kind: step.kind, floor, top });
  } else if (step.kind === 'take' && operation.outcome !== 'fail') {
    // A transaction that is taken back gives back nothing of what was on the disk before.
    const isRefused = operation.outcome === 'refused' && operation.steps.length === 1;
    untold(ofKey, operation, step.amount, isRefused);
  }
}

function untold(ofKey: OfKey, { invoked }: Operation, amount: bigint, isRefused: boolean): void {
  ofKey.untold.push({ invoked, amount, isRefused });
}

function gapProblems(
  told: readonly Told[],
  untold: readonly Untold[],
  events: readonly ServerEvent[],
  options: CheckOptions,
): string[] {
  if (options.gaps === undefined || options.gaps === 'anywhere') return [];
  const crashes = events.filter(({ kind }) => kind !== 'restart');
  const start = options.isSearched === true ? 0n : undefined;
  const skipped = options.gaps === 'never' ? 0 : (options.skipped ?? Number.MAX_SAFE_INTEGER);
  return gaps(told, untold, crashes, BigInt(skipped), start);
}

function searched(history: History, options: CheckOptions): string[] {
  const problems: string[] = [];
  const { events, clockSteps } = history;
  const ends = events
    .filter(({ kind }) => kind !== 'workerDeath')
    .map(({ at, atMs, kind }) => ({ at, atMs, isCrash: kind === 'crash' }));
  const deaths = events.filter(({ kind }) => kind === 'workerDeath').map(({ at }) => at);
  const isExact = options.gaps === 'never';
  const { budget = BUDGET, mayFail = false, lagMs = LAG_MS } = options;
  const search = (keys: readonly string[], operations: readonly Operation[]): boolean => {
    const verdict = new Search({
      operations,
      ends,
      deaths,
      clockSteps,
      lagMs,
      mayFail,
      isExact,
      budget,
    }).run();
    if (verdict.kind === 'impossible') problems.push(`${keys.join(', ')}: ${verdict.text}`);
    return verdict.kind !== 'undecided';
  };
  for (const [keys, operations] of connected(history.operations)) {
    if (search(keys, operations)) continue;
    // Together they are too many; what is wrong with one sequence alone is found all the same.
    const isDecided = keys.map((key) => {
      const ofKey = onlyOf(key, operations);
      return ofKey !== undefined && search([key], ofKey);
    });
    if (keys.length === 1 || isDecided.includes(false)) options.onUndecided?.(keys);
  }
  return problems;
}

/** What the operations do to this sequence; undefined when some of it depends on another one. */
function onlyOf(key: string, operations: readonly Operation[]): Operation[] | undefined {
  const found: Operation[] = [];
  for (const operation of operations) {
    // Nothing of it took effect, because of another sequence perhaps.
    if (operation.steps.some((step) => step.kind === 'guard' && step.isMet === false)) continue;
    const steps = operation.steps.filter((step) => keysOf(step).includes(key));
    if (steps.some((step) => keysOf(step).length > 1)) return undefined;
    if (steps.length > 0) found.push({ ...operation, steps });
  }
  return found;
}

/** The operations, divided so that no two divisions have a key in common. */
function connected(operations: readonly Operation[]): Map<string[], Operation[]> {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    const parent = parents.get(key) ?? key;
    if (parent === key) return key;
    const root = rootOf(parent);
    parents.set(key, root);
    return root;
  };
  for (const { steps } of operations) {
    const [first, ...others] = steps.flatMap(keysOf);
    if (first === undefined) continue;
    parents.set(rootOf(first), rootOf(first));
    for (const key of others) parents.set(rootOf(key), rootOf(first));
  }
  const divisions = new Map<
    string,
    { readonly keys: Set<string>; readonly members: Operation[] }
  >();
  for (const operation of operations) {
    const all = operation.steps.flatMap(keysOf);
    const [first] = all;
    if (first === undefined) continue;
    const root = rootOf(first);
    const division = divisions.get(root) ?? { keys: new Set<string>(), members: [] };
    divisions.set(root, division);
    for (const key of all) division.keys.add(key);
    division.members.push(operation);
  }
  return new Map([...divisions.values()].map(({ keys, members }) => [[...keys], members]));
}
