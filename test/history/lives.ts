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
  /** The same option that was sent before, if there is one: this one is tried only after it. */
  readonly twin: bigint;
}

/** What was sent between two ends of the server. */
export interface Life {
  /** The answered operations of each connection. */
  readonly chains: Sent[][];
  readonly options: Option[];
  readonly end: End | undefined;
  count: number;
}

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
    this.all = [...ends, undefined].map((end) => ({ chains: [], options: [], end, count: 0 }));
    const chains = new Map<string, Sent[]>();
    const twins = new Map<string, bigint>();
    for (const operation of input.operations) {
      const { outcome, steps, invoked, connection } = operation;
      const number = this.#at(invoked);
      const life = this.all[number] as Life;
      const untilMs = life.end?.atMs ?? Number.POSITIVE_INFINITY;
      const sent = places.sent(operation, momentOf(operation, untilMs, input.clockSteps));
      if (outcome === 'ok') {
        const name = `${number} ${connection}`;
        const chain = chains.get(name) ?? [];
        if (chain.length === 0) life.chains.push(chain);
        chains.set(name, chain);
        chain.push(sent);
        life.count++;
      } else if (outcome !== 'fail' && !steps.every(isLook)) {
        const isRefused = outcome === 'refused';
        const sameness = `${number} ${isRefused} ${samenessOf(operation)}`;
        const bit = 1n << BigInt(life.options.length);
        const twin = twins.get(sameness) ?? 0n;
        twins.set(sameness, bit);
        const { mask } = sent;
        const isLink = (mask & (mask - 1)) !== 0;
        life.options.push({ invoked, sent, key: -1, mask, isLink, isRefused, bit, twin });
        // What it took may be seen, and the rest of it be lost at a crash: its numbers are a gap then.
        const isLost = isRefused || life.end?.isCrash === true;
        const isPartial = steps.some(isWrite) || (isRefused && steps.length > 1);
        if (isLost && isPartial) this.#addSkips(life, invoked, takenIn(steps), places);
      }
    }
    if (!input.isExact) this.#addDeaths(input.deaths, places);
  }

  #addDeaths(deaths: readonly number[], places: Places): void {
    for (const invoked of deaths) {
      const life = this.all[this.#at(invoked)] as Life;
      this.#addSkips(life, invoked, places.keys, places);
    }
  }

  /** From then on numbers of these sequences may be skipped. */
  #addSkips({ options }: Life, invoked: number, keys: readonly string[], places: Places): void {
    for (const key of keys.map(places.of)) {
      const bit = 1n << BigInt(options.length);
      const skip = { invoked, sent: undefined, key, mask: places.bitOf(key) };
      options.push({ ...skip, isLink: false, isRefused: false, bit, twin: 0n });
    }
  }

  #at(moment: number): number {
    return this.all.findIndex(({ end }) => end === undefined || moment < end.at);
  }
}

function isIdle(step: Step): boolean {
  return isLook(step) || (step.kind === 'remove' && step.existed === false);
}

/** What it does is on the disk, or it is not done: nothing of it is seen before. */
function isWrite(step: Step): boolean {
  return !isLook(step) && !(step.kind === 'take' && step.amount > 0n);
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
