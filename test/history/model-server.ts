import { ModelWatches } from './model-watches.js';
import type { Answer, Expiry, Step } from './step.js';

interface Sequence {
  value: bigint;
  isGauge: boolean;
  /** Numbers beyond the value may be reserved. */
  isTaken: boolean;
  /** 0 for none. */
  deadlineMs: number;
}

/** A server that is right: one operation after the other, at one moment each, by a clock that never goes back. */
export class ModelServer {
  #sequences = new Map<string, Sequence>();
  readonly #watches = new ModelWatches();
  /** The wall clock, and what the server's shows. */
  readonly #wallMs: () => number;
  #shownMs = 0;
  #readAtMs = 0;
  /** The right time, which goes on whatever the wall clock shows. */
  readonly #rightMs: () => number;

  constructor(wallMs: () => number, rightMs: () => number) {
    this.#wallMs = wallMs;
    this.#rightMs = rightMs;
  }

  get #nowMs(): number {
    const right = this.#rightMs();
    const passed = this.#shownMs + right - this.#readAtMs;
    this.#readAtMs = right;
    this.#shownMs = Math.max(passed, this.#wallMs());
    return this.#shownMs;
  }

  #live(key: string): Sequence | undefined {
    const found = this.#sequences.get(key);
    if (found === undefined || found.deadlineMs === 0 || found.deadlineMs > this.#nowMs)
      return found;
    this.#remove(key);
    return undefined;
  }

  #remove(key: string): void {
    if (this.#sequences.delete(key)) this.#watches.touch(key);
  }

  #put(key: string, sequence: Sequence): void {
    this.#sequences.set(key, sequence);
    this.#watches.touch(key);
  }

  #set(key: string, value: bigint, deadlineMs: number): void {
    const before = this.#live(key);
    if (deadlineMs !== 0 && deadlineMs <= this.#nowMs) {
      this.#remove(key);
      this.#watches.touch(key);
      return;
    }
    const isLower = before !== undefined && value < before.value;
    const isGauge = before?.isGauge === true || isLower || deadlineMs !== 0;
    this.#put(key, { value, isGauge, isTaken: false, deadlineMs });
  }

  #deadlineOf({ kind, ms }: Expiry): number {
    return kind === 'in' ? this.#nowMs + ms : ms;
  }

  /** The answers of an operation's steps. */
  executeAll(connection: number, steps: readonly Step[]): Answer[] {
    const answers: Answer[] = [];
    for (const step of steps) {
      const answer = this.#execute(connection, step);
      answers.push(answer);
      if (step.kind === 'guard' && answer === false) break;
    }
    return answers;
  }

  #execute(connection: number, step: Step): Answer {
    switch (step.kind) {
      case 'take': {
        const before = this.#live(step.key);
        const value = (before?.value ?? 0n) + step.amount;
        const isGauge = before?.isGauge === true || step.amount < 0n;
        const deadlineMs = before?.deadlineMs ?? 0;
        this.#put(step.key, { value, isGauge, isTaken: true, deadlineMs });
        return value;
      }
      case 'read':
        return this.#live(step.key)?.value ?? null;
      case 'exists':
        return this.#live(step.key) !== undefined;
      case 'write': {
        const kept = step.expiry === 'kept' ? (this.#live(step.key)?.deadlineMs ?? 0) : 0;
        const isNew = typeof step.expiry === 'object';
        this.#set(step.key, step.value, isNew ? this.#deadlineOf(step.expiry as Expiry) : kept);
        return undefined;
      }
      case 'remove': {
        const existed = this.#live(step.key) !== undefined;
        this.#remove(step.key);
        return existed;
      }
      case 'expire': {
        const found = this.#live(step.key);
        const isSet = found !== undefined && (step.expiry !== undefined || found.deadlineMs !== 0);
        const deadlineMs = step.expiry === undefined ? 0 : this.#deadlineOf(step.expiry);
        if (isSet) this.#set(step.key, found.value, deadlineMs);
        return isSet;
      }
      case 'deadline': {
        const found = this.#live(step.key);
        if (found === undefined) return -2n;
        if (found.deadlineMs === 0) return -1n;
        return BigInt(found.deadlineMs - (step.isRelative ? this.#nowMs : 0));
      }
      case 'move': {
        const found = this.#live(step.key);
        const isFree = step.replaces || this.#live(step.to) === undefined;
        if (found === undefined || !isFree) return false;
        this.#set(step.to, found.value, found.deadlineMs);
        if (!step.isCopy) this.#remove(step.key);
        return true;
      }
      case 'create': {
        const isFree = step.pairs.every(([key]) => this.#live(key) === undefined);
        const deadlineMs = step.expiry === undefined ? 0 : this.#deadlineOf(step.expiry);
        if (isFree) for (const [key, value] of step.pairs) this.#set(key, value, deadlineMs);
        return isFree;
      }
      case 'swap':
        for (const pair of step.pairs) this.#swap(pair);
        return undefined;
      case 'watch':
        for (const key of step.keys) this.#live(key);
        this.#watches.watch(connection, step.keys);
        return undefined;
      case 'unwatch':
        this.#watches.end(connection);
        return undefined;
      case 'guard':
        for (const key of this.#watches.keysOf(connection)) this.#live(key);
        return this.#watches.end(connection);
    }
  }

  #swap([one, other]: readonly [string, string]): void {
    const before = this.#sequences.get(one);
    const beside = this.#sequences.get(other);
    for (const [key, sequence] of [
      [one, beside],
      [other, before],
    ] as const) {
      if (sequence === undefined) this.#remove(key);
      else this.#put(key, sequence);
    }
  }

  /** It ends as it stood, and another goes on; `skipped` tells how many reserved numbers are lost of a sequence. */
  crash(skipped: () => number): void {
    for (const sequence of this.#sequences.values()) {
      if (sequence.isTaken && !sequence.isGauge) sequence.value += BigInt(skipped());
      sequence.isTaken = false;
    }
  }
}
