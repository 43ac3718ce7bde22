/** One take, from the moment it was sent: `invoked` and `returned` are positions on one clock. */
export interface Operation {
  readonly key: string;
  readonly connection: number;
  readonly invoked: number;
  /** The numbers that it may have consumed, once an answer told them: lowest to highest, both included. */
  lowest: bigint;
  highest: bigint;
  returned: number;
  /** `unknown`: no answer came, or one that leaves open whether the take was executed. */
  outcome: 'pending' | 'ok' | 'unknown';
}

/** Records what clients of one process saw; its clock counts invocations and returns. */
export class History {
  readonly operations: Operation[] = [];
  #now = 0;

  get now(): number {
    return this.#now;
  }

  /** To be called before the request is written. */
  invoke(connection: number, key: string): Operation {
    const operation: Operation = {
      key,
      connection,
      invoked: ++this.#now,
      lowest: 0n,
      highest: 0n,
      returned: Number.POSITIVE_INFINITY,
      outcome: 'pending',
    };
    this.operations.push(operation);
    return operation;
  }

  /** To be called when the answer is read: `highest` and the `count - 1` numbers below it were taken. */
  returned(operation: Operation, highest: string | bigint, count = 1): void {
    operation.highest = BigInt(highest);
    operation.lowest = operation.highest - BigInt(count) + 1n;
    operation.returned = ++this.#now;
    operation.outcome = 'ok';
  }

  lost(operation: Operation): void {
    operation.outcome = 'unknown';
  }

  answered(): Operation[] {
    return this.operations.filter((each) => each.outcome === 'ok');
  }

  /** The highest number of a key that any answer told. */
  highest(key: string): bigint {
    let highest = 0n;
    for (const each of this.operations) {
      if (each.outcome === 'ok' && each.key === key && each.highest > highest) {
        highest = each.highest;
      }
    }
    return highest;
  }
}

const SHOWN = 5;

/**
 * What is wrong with the history of rising sequences; empty when nothing is. Only answered takes can be wrong: one that
 * was lost may have consumed numbers or not, and the gap that it leaves is allowed.
 */
export function problemsOf(operations: readonly Operation[]): string[] {
  const problems: string[] = [];
  for (const [key, each] of byKey(operations)) {
    problems.push(
      ...repeats(each).map((text) => `${key}: ${text}`),
      ...timeOrder(each).map((text) => `${key}: ${text}`),
      ...connectionOrder(each).map((text) => `${key}: ${text}`),
    );
  }
  return problems;
}

/** Numbers between the lowest and the highest answered one of a key that no answer told. */
export function gapsOf(operations: readonly Operation[], key: string): bigint {
  const answered = operations.filter((each) => each.outcome === 'ok' && each.key === key);
  if (answered.length === 0) return 0n;
  let told = 0n;
  let lowest = (answered[0] as Operation).lowest;
  let highest = (answered[0] as Operation).highest;
  for (const each of answered) {
    told += each.highest - each.lowest + 1n;
    if (each.lowest < lowest) lowest = each.lowest;
    if (each.highest > highest) highest = each.highest;
  }
  return highest - lowest + 1n - told;
}

function byKey(operations: readonly Operation[]): Map<string, Operation[]> {
  const keys = new Map<string, Operation[]>();
  for (const each of operations) {
    if (each.outcome !== 'ok') continue;
    const list = keys.get(each.key);
    if (list === undefined) keys.set(each.key, [each]);
    else list.push(each);
  }
  return keys;
}

function repeats(operations: readonly Operation[]): string[] {
  const problems: string[] = [];
  const sorted = [...operations].sort((a, b) => compare(a.lowest, b.lowest));
  let last: Operation | undefined;
  for (const each of sorted) {
    if (last !== undefined && each.lowest <= last.highest && problems.length < SHOWN) {
      problems.push(`${show(each)} repeats a number of ${show(last)}`);
    }
    if (last === undefined || each.highest > last.highest) last = each;
  }
  return problems;
}

/** If a returned before b was invoked, a is below b. One walk over both orders: n log n for the sorting. */
function timeOrder(operations: readonly Operation[]): string[] {
  const problems: string[] = [];
  const invoked = [...operations].sort((a, b) => a.invoked - b.invoked);
  const returned = [...operations].sort((a, b) => a.returned - b.returned);
  let position = 0;
  let top: Operation | undefined;
  for (const each of invoked) {
    for (; position < returned.length; position++) {
      const earlier = returned[position] as Operation;
      if (earlier.returned >= each.invoked) break;
      if (top === undefined || earlier.highest > top.highest) top = earlier;
    }
    if (top !== undefined && each.lowest <= top.highest && problems.length < SHOWN) {
      problems.push(`${show(each)} was sent after the answer of ${show(top)}`);
    }
  }
  return problems;
}

/** A connection sends in order, is answered in that order, and sees its numbers rise. */
function connectionOrder(operations: readonly Operation[]): string[] {
  const problems: string[] = [];
  const last = new Map<number, Operation>();
  for (const each of [...operations].sort((a, b) => a.invoked - b.invoked)) {
    const before = last.get(each.connection);
    last.set(each.connection, each);
    if (before === undefined || problems.length >= SHOWN) continue;
    if (before.returned > each.returned) {
      problems.push(`${show(each)} was answered before ${show(before)}, which was sent earlier`);
    }
    if (before.highest >= each.lowest) {
      problems.push(`${show(each)} is not above ${show(before)}, which was sent earlier`);
    }
  }
  return problems;
}

function compare(a: bigint, b: bigint): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

function show(each: Operation): string {
  const numbers =
    each.lowest === each.highest ? `${each.highest}` : `${each.lowest}..${each.highest}`;
  return `${numbers} (connection ${each.connection}, ${each.invoked} to ${each.returned})`;
}
