import { type Moment, momentOf } from './clock.js';
import type { Operation } from './history.js';
import { isLook, keysOf, type Step, showStep } from './step.js';
import type { End, SearchInput } from './verdict.js';

/** An operation, and what the search wants to know of it again and again. */
export interface Sent {
  readonly operation: Operation;
  readonly moment: Moment;
  /** The keys that it touches, and of each step their places. */
  readonly mask: number;
  readonly places: readonly (readonly number[])[];
  /** If its answers fit, it changes nothing. */
  readonly isIdle: boolean;
}

/** An operation that may take effect, but need not; or the loss of numbers that were reserved. */
export interface Option {
  readonly invoked: number;
  /** undefined: a worker has died, or a transaction was taken back, and a block of this key may be skipped. */
  readonly sent: Sent | undefined;
  readonly key: number;
  /** The keys that it touches. */
  readonly mask: number;
  /** It touches several: what one holds may go to another. */
  readonly isLink: boolean;
  /** Only right before a crash. */
  readonly isRefused: boolean;
  /** Its place among the options of its life. */
  readonly bit: bigint;
  /** Those on one of its keys that its connection had sent before: they take effect before it, or not at all. */
  readonly earlier: bigint;
  /** So many answered operations of this chain come before it: its connection had sent them before. */
  readonly chain: number;
  readonly after: number;
  /** One that does the same and can come whenever this one can: this one is tried only after it. */
  readonly twin: bigint;
  /** Options of different numbers have no sequence in common, not even over a third one. */
  division: number;
}

/** What was sent between two ends of the server. */
export interface Life {
  /** The answered operations of each connection. */
  readonly chains: Sent[][];
  readonly options: Option[];
  readonly end: End | undefined;
  count: number;
  /** The sequences of each division of the options, as masks. */
  divisions: readonly number[];
}

/** Numbers that were reserved and are lost, or may be. */
interface Loss {
  readonly invoked: number;
  readonly keys: readonly string[];
}

/** Not bound to the order of a connection. */
const ANY_TIME = { earlier: 0n, chain: -1, after: 0 } as const;

/** The sequences of a history, each with a place. */
export class Places {
  readonly #places = new Map<string, number>();

  constructor(operations: readonly Operation[]) {
    for (const { steps } of operations) {
      for (const key of steps.flatMap(keysOf)) {
        if (!this.#places.has(key)) this.#places.set(key, this.#places.size);
      }
    }
  }

  get keys(): readonly string[] {
    return [...this.#places.keys()];
  }

  readonly of = (key: string): number => this.#places.get(key) as number;

  bitOf(place: number): number {
    // With more keys than a number has bits, every operation counts as one on all of them.
    return this.#places.size > 30 ? 1 : 1 << place;
  }

  sent(operation: Operation, moment: Moment): Sent {
    const places = operation.steps.map((step) => keysOf(step).map(this.of));
    let mask = 0;
    for (const place of places.flat()) mask |= this.bitOf(place);
    return { operation, moment, mask, places, isIdle: operation.steps.every(isIdle) };
  }
}

/** What was sent, divided by the ends of the server. */
export class Lives {
  readonly all: readonly Life[];

  constructor(input: SearchInput, places: Places) {
    const ends = [...input.ends].sort((a, b) => a.at - b.at);
    this.all = [...ends, undefined].map((end) => ({
      chains: [],
      options: [],
      end,
      count: 0,
      divisions: [],
    }));
    const chains = new Map<string, Sent[]>();
    const twins = new Map<string, bigint>();
    const unanswered = new Map<string, Option[]>();
    const losses: Loss[] = [];
    const exchanged = exchangedBy(input.operations);
    for (const operation of input.operations) {
      const { outcome, steps, invoked, connection } = operation;
      const number = this.#at(invoked);
      const life = this.all[number] as Life;
      const untilMs = life.end?.atMs ?? Number.POSITIVE_INFINITY;
      const sent = places.sent(operation, momentOf(operation, untilMs, input.clockSteps));
      const name = `${number} ${connection}`;
      const chain = chains.get(name) ?? [];
      if (outcome === 'ok') {
        if (chain.length === 0) life.chains.push(chain);
        chains.set(name, chain);
        chain.push(sent);
        life.count++;
      } else if (outcome !== 'fail' && !steps.every(isLook)) {
        const isRefused = outcome === 'refused';
        const sameness = `${name} ${isRefused} ${samenessOf(operation)}`;
        const bit = 1n << BigInt(life.options.length);
        const twin = twins.get(sameness) ?? 0n;
        twins.set(sameness, bit);
        const { mask } = sent;
        const isLink = (mask & (mask - 1)) !== 0;
        const before = unanswered.get(name) ?? [];
        unanswered.set(name, before);
        const overtaken = before.filter((each) => (each.mask & mask) !== 0);
        const earlier = overtaken.reduce((bits, each) => bits | each.bit, 0n);
        const place = { earlier, chain: life.chains.indexOf(chain), after: chain.length };
        const option = { invoked, sent, key: -1, mask, isLink, isRefused, bit, twin, division: 0 };
        const bound = { ...option, ...(isRefused ? ANY_TIME : place) };
        life.options.push(bound);
        if (!isRefused) before.push(bound);
        // What it took may be seen, and the rest of it be lost at a crash, or taken back: its numbers are a gap then.
        const isLost = isRefused || life.end?.isCrash === true;
        const taken = takenIn(steps);
        // An exchange that is taken back leaves what was taken meanwhile with the other one.
        const others = taken.flatMap((key) => exchanged.get(key) ?? []);
        if (isLost && (steps.length > 1 || others.length > 0)) {
          losses.push({ invoked, keys: [...taken, ...others] });
        }
      }
    }
    if (!input.isExact) {
      for (const invoked of deathsThatMatter(input)) losses.push({ invoked, keys: places.keys });
    }
    this.#addSkips(losses, places);
    for (const life of this.all) divide(life);
  }

  /** From each loss on, numbers of its sequences may be skipped, once. */
  #addSkips(losses: readonly Loss[], places: Places): void {
    const twins = new Map<string, bigint>();
    for (const { invoked, keys } of losses.toSorted((a, b) => a.invoked - b.invoked)) {
      const number = this.#at(invoked);
      const { options } = this.all[number] as Life;
      for (const key of keys.map(places.of)) {
        const bit = 1n << BigInt(options.length);
        const twin = twins.get(`${number} ${key}`) ?? 0n;
        twins.set(`${number} ${key}`, bit);
        const skip = { invoked, sent: undefined, key, mask: places.bitOf(key), bit, twin };
        options.push({ ...skip, ...ANY_TIME, isLink: false, isRefused: false, division: 0 });
      }
    }
  }

  #at(moment: number): number {
    return this.all.findIndex(({ end }) => end === undefined || moment < end.at);
  }
}

/** A crash that follows at once skips all that the death of a worker does. */
function deathsThatMatter({ deaths, ends, operations }: SearchInput): number[] {
  const moments = operations.flatMap(({ invoked, returned }) => [invoked, returned]);
  return deaths.filter((at) => {
    const next = ends.find((end) => end.at > at);
    const isLast = !moments.some((moment) => moment > at && moment < (next?.at ?? Infinity));
    return next?.isCrash !== true || !isLast;
  });
}

/** For each sequence those that it was to change places with when the log failed. */
function exchangedBy(operations: readonly Operation[]): Map<string, string[]> {
  const exchanged = new Map<string, string[]>();
  for (const { outcome, steps } of operations) {
    for (const step of outcome === 'refused' ? steps : []) {
      if (step.kind !== 'swap') continue;
      for (const [one, other] of step.pairs) {
        exchanged.set(one, [...(exchanged.get(one) ?? []), other]);
        exchanged.set(other, [...(exchanged.get(other) ?? []), one]);
      }
    }
  }
  return exchanged;
}

function divide(life: Life): void {
  let masks: number[] = [];
  for (const { mask } of life.options) {
    const joined = masks.filter((each) => (each & mask) !== 0);
    const others = masks.filter((each) => (each & mask) === 0);
    masks = [...others, joined.reduce((all, each) => all | each, mask)];
  }
  life.divisions = masks;
  for (const option of life.options) {
    option.division = masks.findIndex((each) => (each & option.mask) !== 0);
  }
}

function isIdle(step: Step): boolean {
  return isLook(step) || (step.kind === 'remove' && step.existed === false);
}

/** The sequences that it took numbers from. A transaction that is taken back gives back nothing of what was on the disk before. */
function takenIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => (step.kind === 'take' && step.amount > 0n ? [step.key] : []));
}

/** Operations of the same name do the same, whenever they are executed. */
function samenessOf({ steps, sentMs }: Operation): string {
  const text = steps.map(showStep).join();
  return steps.some(isTimed) ? `${text} sent at ${sentMs}` : text;
}

function isTimed(step: Step): boolean {
  if (step.kind !== 'write' && step.kind !== 'expire' && step.kind !== 'create') return false;
  return typeof step.expiry === 'object' && step.expiry.kind === 'in';
}
