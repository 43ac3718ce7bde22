import { type Operation, type Step, showOperation, showStep } from './history.js';
import { ABSENT, after, crashed, orphaned, type State, showState, stopped } from './state.js';
import type { End, SearchInput, Verdict } from './verdict.js';

/**
 * Looks for an order of operations in which a single server, executing one after the other, would have given every answer: the
 * search of Wing and Gong, with Lowe's memory of what was tried. Operations on sequences that some transaction connects
 * are searched together. The order keeps real time, and that of each connection.
 */

/** An operation that may take effect, but need not; or a worker's death. */
interface Option {
  readonly invoked: number;
  /** undefined: a death, after which a block of this key may be skipped. */
  readonly operation: Operation | undefined;
  readonly key: number;
  /** The keys that it touches. */
  readonly mask: number;
  /** Only right before a crash. */
  readonly isRefused: boolean;
  /** Its place among the options of its life. */
  readonly bit: bigint;
  /** The same option that was sent before, if there is one: this one is tried only after it. */
  readonly twin: bigint;
}

/** What was sent between two ends of the server. */
interface Life {
  /** The answered operations of each connection. */
  readonly chains: Operation[][];
  readonly options: Option[];
  readonly end: End | undefined;
  count: number;
}

interface Node {
  readonly life: number;
  /** How many of each chain of this life are in the order, and how many in all. */
  readonly positions: readonly number[];
  readonly placed: number;
  readonly used: bigint;
  /** For each option that has just been taken, its keys: the next operation touches one of each. */
  readonly due: readonly number[];
  readonly states: readonly State[];
  /** Over all lives. */
  readonly done: number;
}

const SHOWN = 8;

export class Search {
  readonly #input: SearchInput;
  readonly #keys = new Map<string, number>();
  readonly #lives: Life[];
  /** Places that were looked at, and with which options used: more of them leave no more possibilities. */
  readonly #visited = new Map<string, bigint[]>();
  #looked = 0;

  constructor(input: SearchInput) {
    this.#input = input;
    for (const { steps } of input.operations) {
      for (const { key } of steps) if (!this.#keys.has(key)) this.#keys.set(key, this.#keys.size);
    }
    const ends = [...input.ends].sort((a, b) => a.at - b.at);
    this.#lives = [...ends, undefined].map((end) => ({ chains: [], options: [], end, count: 0 }));
    this.#divide();
  }

  #lifeAt(moment: number): Life {
    return this.#lives.find(({ end }) => end === undefined || moment < end.at) as Life;
  }

  #divide(): void {
    const chains = new Map<Life, Map<number, Operation[]>>();
    const twins = new Map<Life, Map<string, bigint>>();
    for (const operation of this.#input.operations) {
      const { outcome, steps, invoked, connection } = operation;
      const life = this.#lifeAt(invoked);
      if (outcome === 'ok') {
        const ofLife = chains.get(life) ?? new Map<number, Operation[]>();
        chains.set(life, ofLife);
        const chain = ofLife.get(connection);
        life.count++;
        if (chain !== undefined) chain.push(operation);
        else {
          ofLife.set(connection, [operation]);
          life.chains.push(ofLife.get(connection) as Operation[]);
        }
      } else if (outcome !== 'fail' && steps.some(({ kind }) => kind !== 'read')) {
        const isRefused = outcome === 'refused';
        const ofLife = twins.get(life) ?? new Map<string, bigint>();
        twins.set(life, ofLife);
        const sameness = `${isRefused} ${steps.map(showStep).join()}`;
        const bit = 1n << BigInt(life.options.length);
        const twin = ofLife.get(sameness) ?? 0n;
        ofLife.set(sameness, bit);
        const mask = this.#maskOf(operation);
        life.options.push({ invoked, operation, key: -1, mask, isRefused, bit, twin });
      }
    }
    if (this.#input.isExact) return;
    for (const invoked of this.#input.deaths) {
      const { options } = this.#lifeAt(invoked);
      for (const key of this.#keys.values()) {
        const bit = 1n << BigInt(options.length);
        const mask = this.#bitOf(key);
        const death = { invoked, operation: undefined, key, mask, isRefused: false };
        options.push({ ...death, bit, twin: 0n });
      }
    }
  }

  #bitOf(key: number): number {
    // With more keys than a number has bits, every operation counts as one on all of them.
    return this.#keys.size > 30 ? 1 : 1 << key;
  }

  #maskOf({ steps }: Operation): number {
    let mask = 0;
    for (const { key } of steps) mask |= this.#bitOf(this.#keys.get(key) as number);
    return mask;
  }

  run(): Verdict {
    const states = Array.from(this.#keys, () => ABSENT);
    const first = this.#born(0, states, 0);
    let best = first;
    // With each node, whether its answered operations have been tried and only options are left.
    const stack: [node: Node, isTried: boolean][] = [[first, false]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [node, isTried] = top;
      const life = this.#lives[node.life] as Life;
      if (isTried) {
        for (const next of this.#taken(node, life)) stack.push([next, false]);
        continue;
      }
      if (node.done > best.done) best = node;
      const isOver = node.placed === life.count;
      if (isOver && life.end === undefined) return { kind: 'possible' };
      if (this.#isKnown(node)) continue;
      if (this.#looked++ >= this.#input.budget) return { kind: 'undecided' };
      // What was pushed last is looked at first: answers before options, and among them the earliest.
      if (life.options.length > 0) stack.push([node, true]);
      if (isOver) stack.push([this.#ended(node, life), false]);
      else for (const next of this.#answered(node, life)) stack.push([next, false]);
    }
    return { kind: 'impossible', text: this.#explain(best) };
  }

  /** Whether this place, or a better one, was looked at before; remembers it. */
  #isKnown(node: Node): boolean {
    const name = nameOf(node);
    const known = this.#visited.get(name);
    if (known === undefined) {
      this.#visited.set(name, [node.used]);
      return false;
    }
    if (known.some((used) => (used & node.used) === used)) return true;
    known.push(node.used);
    return false;
  }

  #born(life: number, states: readonly State[], done: number): Node {
    const positions = (this.#lives[life] as Life).chains.map(() => 0);
    return { life, positions, placed: 0, used: 0n, due: [], states, done };
  }

  #ended(node: Node, { end }: Life): Node {
    const isSkipping = end?.isCrash === true && !this.#input.isExact;
    const states = node.states.map(isSkipping ? crashed : stopped);
    return this.#born(node.life + 1, states, node.done);
  }

  /** The first answer that is still to come: nothing that was sent after it comes before it. */
  #firstReturn(node: Node, { chains }: Life): number {
    let first = Number.POSITIVE_INFINITY;
    for (let at = 0; at < chains.length; at++) {
      // Answers of a connection come in order, so its next operation has its first answer.
      const next = (chains[at] as Operation[])[node.positions[at] as number];
      if (next !== undefined && next.returned < first) first = next.returned;
    }
    return first;
  }

  /** Answered operations that may come next, the latest answer first. */
  #answered(node: Node, life: Life): Node[] {
    const { chains } = life;
    const before = this.#firstReturn(node, life);
    const found: { readonly next: Node; readonly returned: number }[] = [];
    for (let at = 0; at < chains.length; at++) {
      const operation = (chains[at] as Operation[])[node.positions[at] as number];
      if (operation === undefined || operation.invoked >= before) continue;
      if (node.due.length > 0 && !touches(this.#maskOf(operation), node.due)) continue;
      const states = this.#apply(node.states, operation);
      if (states === undefined) continue;
      const next: Node = {
        life: node.life,
        positions: node.positions.with(at, (node.positions[at] as number) + 1),
        placed: node.placed + 1,
        used: node.used,
        due: [],
        states,
        done: node.done + 1,
      };
      // What changes nothing wherever it comes can as well come now.
      if (states === node.states && operation.steps.every(isIdle)) return [next];
      found.push({ next, returned: operation.returned });
    }
    return found.sort((a, b) => b.returned - a.returned).map(({ next }) => next);
  }

  /**
   * What follows when an operation without an answer takes effect now. It is enough to look at those that come right before the next
   * operation on one of their sequences, or at the end: further ahead they make no difference.
   */
  #taken(node: Node, life: Life): Node[] {
    const before = this.#firstReturn(node, life);
    const isCrashing = node.placed === life.count && life.end?.isCrash === true;
    const isOver = node.placed === life.count;
    const next = this.#masksOfNext(node, life, before);
    const found: Node[] = [];
    for (const { invoked, operation, key, mask, isRefused, bit, twin } of life.options) {
      if (invoked >= before || (node.used & bit) !== 0n) continue;
      if (isRefused && !isCrashing) continue;
      if ((node.used & twin) !== twin) continue;
      const due = isOver ? [] : [...node.due.filter((each) => (each & mask) === 0), mask];
      if (!isOver && !next.some((each) => touches(each, due))) continue;
      const states =
        operation === undefined
          ? node.states.with(key, orphaned(node.states[key] as State))
          : this.#apply(node.states, operation);
      if (states !== undefined) found.push({ ...node, used: node.used | bit, due, states });
    }
    return found;
  }

  /** The keys of each answered operation that may come next, whether its answer fits or not. */
  #masksOfNext(node: Node, { chains }: Life, before: number): number[] {
    const masks: number[] = [];
    for (let at = 0; at < chains.length; at++) {
      const operation = (chains[at] as Operation[])[node.positions[at] as number];
      if (operation !== undefined && operation.invoked < before) {
        masks.push(this.#maskOf(operation));
      }
    }
    return masks;
  }

  /** The same array when nothing changes, undefined when an answer does not fit. */
  #apply(states: readonly State[], operation: Operation): readonly State[] | undefined {
    let now = states;
    for (const step of operation.steps) {
      const key = this.#keys.get(step.key) as number;
      const old = now[key] as State;
      const state = after(old, step);
      if (state === undefined) return undefined;
      if (state !== old) now = now.with(key, state);
    }
    return now;
  }

  #explain(node: Node): string {
    const states = [...this.#keys].map(
      ([key, at]) => `${key} ${showState(node.states[at] as State)}`,
    );
    const waiting = (this.#lives[node.life] as Life).chains
      .flatMap((chain, at) => chain.slice(node.positions[at]))
      .sort((a, b) => a.invoked - b.invoked)
      .slice(0, SHOWN)
      .map(showOperation);
    return `after ${node.done} operations (${states.join(', ')}) none of these could come next:\n  ${waiting.join('\n  ')}`;
  }
}

function isIdle(step: Step): boolean {
  return step.kind === 'read' || (step.kind === 'remove' && step.existed === false);
}

function touches(mask: number, due: readonly number[]): boolean {
  return due.every((each) => (mask & each) !== 0);
}

function nameOf({ life, positions, due, states }: Node): string {
  let name = `${life}/${positions.join()}/${due.join()}`;
  for (const { kind, value, hasBlock } of states) {
    name += `/${kind.charAt(0)}${value}${hasBlock ? 'b' : ''}`;
  }
  return name;
}
