import type { Operation, ServerEvent } from './history.js';

/**
 * The rules of a sequence that only ever rises: nobody writes, removes or takes downwards. They need no search, so they take
 * n log n for n operations.
 */

/** What one step told of a rising sequence: the take of `floor + 1` to `top`, or, when both are the same, a read. */
export interface Told {
  readonly operation: Operation;
  readonly kind: 'take' | 'read';
  readonly floor: bigint;
  readonly top: bigint;
}

/** A take that got no answer, or was refused, and how many numbers it may have consumed: refused ones do so at a crash. */
export interface Untold {
  readonly invoked: number;
  readonly isRefused: boolean;
  readonly amount: bigint;
}

const SHOWN = 5;

/** No number is in two takes. */
export function repeats(told: readonly Told[]): string[] {
  const problems: string[] = [];
  let last: Told | undefined;
  for (const each of byFloor(told.filter(({ kind }) => kind === 'take'))) {
    if (last !== undefined && each.floor < last.top && problems.length < SHOWN) {
      problems.push(`${show(each)} repeats a number of ${show(last)}`);
    }
    if (last === undefined || each.top > last.top) last = each;
  }
  return problems;
}

/** If a returned before b was invoked, whichever connections they came from, a is below b, and a read goes never back. */
export function timeOrder(told: readonly Told[]): string[] {
  const problems: string[] = [];
  const invoked = [...told].sort((a, b) => a.operation.invoked - b.operation.invoked);
  const returned = [...told].sort((a, b) => a.operation.returned - b.operation.returned);
  let position = 0;
  let top: Told | undefined;
  for (const each of invoked) {
    for (; position < returned.length; position++) {
      const earlier = returned[position] as Told;
      if (earlier.operation.returned >= each.operation.invoked) break;
      if (top === undefined || earlier.top > top.top) top = earlier;
    }
    if (top !== undefined && each.floor < top.top && problems.length < SHOWN) {
      problems.push(`${show(each)} was sent after the answer of ${show(top)}`);
    }
  }
  return problems;
}

/** What one connection sent later is not below what it sent earlier, and within one transaction it is neither. */
export function connectionOrder(told: readonly Told[]): string[] {
  const problems: string[] = [];
  const last = new Map<number, Told>();
  for (const each of [...told].sort((a, b) => a.operation.invoked - b.operation.invoked)) {
    const before = last.get(each.operation.connection);
    last.set(each.operation.connection, each);
    if (before === undefined || problems.length >= SHOWN) continue;
    if (before.operation.returned > each.operation.returned) {
      problems.push(`${show(each)} was answered before ${show(before)}, which was sent earlier`);
    }
    if (before.top > each.floor) {
      problems.push(`${show(each)} is not above ${show(before)}, which was sent earlier`);
    }
  }
  return problems;
}

/** Nobody came between the steps of a transaction. */
export function tornTransactions(told: readonly Told[]): string[] {
  const problems: string[] = [];
  let last: Told | undefined;
  for (const each of told) {
    const isNext = last?.operation !== each.operation || last.top === each.floor;
    if (last !== undefined && !isNext && !hasUntold(each.operation) && problems.length < SHOWN) {
      problems.push(`${show(each)} does not follow ${show(last)} in its transaction`);
    }
    last = each;
  }
  return problems;
}

/** A script in it has taken numbers, and ended with an error that does not tell them. */
function hasUntold({ steps }: Operation): boolean {
  return steps.some((step) => step.kind === 'take' && step.value === undefined);
}

/**
 * Every number below an answered one was told to somebody, or may have gone to a take without an answer, or was skipped by a
 * crash between its neighbours: `skipped` at most by each. The same rule bounds a read from above, and keeps it from showing half of a take.
 */
export function gaps(
  told: readonly Told[],
  untold: readonly Untold[],
  crashes: readonly ServerEvent[],
  skipped: bigint,
  start?: bigint,
): string[] {
  const problems: string[] = [];
  const sorted = byFloor(told);
  // Whatever is above a gap was executed after it: before the first of these answers.
  const before: number[] = [];
  let soonest = Number.POSITIVE_INFINITY;
  for (const each of sorted.toReversed()) {
    soonest = Math.min(soonest, each.operation.returned);
    before.push(soonest);
  }
  before.reverse();
  const pool = new Pool(untold.filter(({ isRefused }) => !isRefused));
  const poolAtCrash = new Pool(untold);
  let last: Told | undefined;
  let top = start;
  let since = 0;
  for (const [at, each] of sorted.entries()) {
    if (top === undefined || each.floor >= top) {
      const gap = each.floor - (top ?? each.floor);
      const until = before[at] as number;
      const between = crashes.filter(({ at }) => at > since && at < until);
      const taken = gap - skipped * BigInt(between.length);
      const isExplained =
        taken <= 0n || (between.length > 0 ? poolAtCrash : pool).draw(taken, until);
      if (!isExplained && problems.length < SHOWN) {
        const from = last === undefined ? `the start at ${top}` : show(last);
        problems.push(`nobody can have taken the ${gap} numbers between ${from} and ${show(each)}`);
      }
    } else if (each.kind === 'read' && problems.length < SHOWN) {
      problems.push(`${show(each)} shows a part of ${last === undefined ? top : show(last)}`);
    }
    since = Math.max(since, each.operation.invoked);
    if (top === undefined || each.top > top) {
      top = each.top;
      last = each;
    }
  }
  return problems;
}

/** The numbers that takes without an answer may have consumed. */
class Pool {
  readonly #invoked: number[];
  readonly #sums: bigint[] = [];
  #drawn = 0n;

  constructor(untold: readonly Untold[]) {
    const sorted = [...untold].sort((a, b) => a.invoked - b.invoked);
    this.#invoked = sorted.map(({ invoked }) => invoked);
    let sum = 0n;
    for (const { amount } of sorted) {
      sum += amount;
      this.#sums.push(sum);
    }
  }

  /** Whether takes that were sent before this moment leave so many numbers; takes them. */
  draw(count: bigint, before: number): boolean {
    let low = 0;
    let high = this.#invoked.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#invoked[middle] as number) < before) low = middle + 1;
      else high = middle;
    }
    const sum = low === 0 ? 0n : (this.#sums[low - 1] as bigint);
    if (sum - this.#drawn < count) return false;
    this.#drawn += count;
    return true;
  }
}

function byFloor(told: readonly Told[]): Told[] {
  return [...told].sort((a, b) => compare(a.floor, b.floor) || compare(a.top, b.top));
}

function compare(a: bigint, b: bigint): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

export function show({ operation, kind, floor, top }: Told): string {
  const numbers = kind === 'read' || top - floor === 1n ? `${top}` : `${floor + 1n}..${top}`;
  const { connection, invoked, returned } = operation;
  return `${kind === 'read' ? 'a read of ' : ''}${numbers} (connection ${connection}, ${invoked} to ${returned})`;
}
