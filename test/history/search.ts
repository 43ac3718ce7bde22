import { type Operation, showOperation } from './history.js';
import { ABSENT, after, crashed, orphaned, type State, showState, stopped } from './state.js';

/**
 * Looks for an order of operations in which a single server, executing one after the other, would have given every answer: the
 * search of Wing and Gong, with Lowe's memory of what was tried. Operations on sequences that some transaction connects
 * are searched together. The order keeps real time, and that of each connection.
 */

/** What ends every life of a server: nothing that was sent before takes effect behind it. */
export interface End {
  readonly at: number;
  readonly isCrash: boolean;
}

export interface SearchInput {
  readonly operations: readonly Operation[];
  readonly ends: readonly End[];
  /** Deaths of workers that may have had a block, by position. */
  readonly deaths: readonly number[];
  /** Nothing is ever skipped. */
  readonly isExact: boolean;
  /** States that may be looked at before the search gives up. */
  readonly budget: number;
}

export type Verdict =
  | { readonly kind: 'possible' }
  /** What the longest order came to, and what could not follow. */
  | { readonly kind: 'impossible'; readonly text: string }
  | { readonly kind: 'undecided' };

/** An operation that may take effect, but need not; or a worker's death. */
interface Option {
  readonly invoked: number;
  /** undefined: a death, after which a block of this key may be skipped. */
  readonly operation: Operation | undefined;
  readonly key: number;
  /** Only right before a crash. */
  readonly isRefused: boolean;
  /** The same option that was there before: this one is tried only after it. */
  readonly twin: number;
}

interface Node {
  /** How many of each connection's answered operations are in the order. */
  readonly positions: readonly number[];
  readonly ends: number;
  readonly used: bigint;
  readonly states: readonly State[];
  readonly done: number;
}

const SHOWN = 8;

export class Search {
  readonly #input: SearchInput;
  readonly #keys = new Map<string, number>();
  readonly #chains: Operation[][] = [];
  readonly #options: Option[] = [];
  readonly #visited = new Set<string>();
  #best: Node | undefined;

  constructor(input: SearchInput) {
    this.#input = input;
    const chains = new Map<number, Operation[]>();
    for (const operation of input.operations) {
      for (const { key } of operation.steps) {
        if (!this.#keys.has(key)) this.#keys.set(key, this.#keys.size);
      }
      if (operation.outcome === 'ok') {
        const chain = chains.get(operation.connection);
        if (chain === undefined) chains.set(operation.connection, [operation]);
        else chain.push(operation);
      }
    }
    this.#chains = [...chains.values()];
    this.#gatherOptions();
  }

  #gatherOptions(): void {
    const twins = new Map<string, number>();
    const add = (option: Omit<Option, 'twin'>, sameness: string) => {
      const life = this.#input.ends.findIndex(({ at }) => at > option.invoked);
      const twin = twins.get(`${life} ${sameness}`) ?? -1;
      twins.set(`${life} ${sameness}`, this.#options.length);
      this.#options.push({ ...option, twin });
    };
    for (const operation of this.#input.operations) {
      const { outcome, steps, invoked } = operation;
      if (outcome === 'ok' || outcome === 'fail') continue;
      if (steps.every(({ kind }) => kind === 'read')) continue;
      const isRefused = outcome === 'refused';
      const sameness = steps
        .map(
          (step) =>
            `${step.kind} ${step.key} ${'amount' in step ? step.amount : ''}${step.kind === 'write' ? step.value : ''}`,
        )
        .join();
      add({ invoked, operation, key: -1, isRefused }, `${isRefused} ${sameness}`);
    }
    if (this.#input.isExact) return;
    for (const at of this.#input.deaths) {
      for (const key of this.#keys.values()) {
        const death = { invoked: at, operation: undefined, key, isRefused: false };
        add(death, `death ${key}`);
      }
    }
  }

  run(): Verdict {
    const first: Node = {
      positions: this.#chains.map(() => 0),
      ends: 0,
      used: 0n,
      states: Array.from(this.#keys, () => ABSENT),
      done: 0,
    };
    const stack: Node[] = [first];
    this.#best = first;
    while (stack.length > 0) {
      const node = stack.pop() as Node;
      if (node.done > this.#best.done) this.#best = node;
      if (this.#isComplete(node)) return { kind: 'possible' };
      const name = nameOf(node);
      if (this.#visited.has(name)) continue;
      if (this.#visited.size >= this.#input.budget) return { kind: 'undecided' };
      this.#visited.add(name);
      // The most promising comes last, and is looked at first.
      const following = this.#following(node);
      for (let i = following.length - 1; i >= 0; i--) stack.push(following[i] as Node);
    }
    return { kind: 'impossible', text: this.#explain(this.#best) };
  }

  #isComplete(node: Node): boolean {
    return this.#chains.every((chain, at) => node.positions[at] === chain.length);
  }

  /** What may come next in the order, the answered operations first, by their answers. */
  #following(node: Node): Node[] {
    const end = this.#input.ends[node.ends];
    let firstReturn = Number.POSITIVE_INFINITY;
    const heads: { readonly chain: number; readonly operation: Operation }[] = [];
    for (const [chain, operations] of this.#chains.entries()) {
      const operation = operations[node.positions[chain] as number];
      if (operation === undefined) continue;
      // Pipelined answers come in order, so the first of a connection is the one that came first.
      firstReturn = Math.min(firstReturn, operation.returned);
      if (end === undefined || operation.invoked < end.at) heads.push({ chain, operation });
    }
    const isEndDue = end !== undefined && heads.length === 0;
    const due = heads
      .filter(({ operation }) => operation.invoked < firstReturn)
      .sort((a, b) => a.operation.returned - b.operation.returned);
    const following: Node[] = [];
    for (const { chain, operation } of due) {
      const states = this.#apply(node.states, operation);
      if (states === undefined) continue;
      const positions = node.positions.with(chain, (node.positions[chain] as number) + 1);
      const next = { ...node, positions, states, done: node.done + 1 };
      // A read that changes nothing can as well come now.
      if (states === node.states) return [next];
      following.push(next);
    }
    if (isEndDue) following.push(this.#ended(node, end));
    this.#addOptions(node, end, Math.min(firstReturn, end?.at ?? firstReturn), isEndDue, following);
    return following;
  }

  #ended(node: Node, end: End): Node {
    const isSkipping = end.isCrash && !this.#input.isExact;
    return {
      ...node,
      ends: node.ends + 1,
      states: node.states.map(isSkipping ? crashed : stopped),
    };
  }

  #addOptions(
    node: Node,
    end: End | undefined,
    before: number,
    isEndDue: boolean,
    following: Node[],
  ): void {
    const since = this.#input.ends[node.ends - 1]?.at ?? 0;
    for (const [at, option] of this.#options.entries()) {
      const bit = 1n << BigInt(at);
      if (option.invoked < since || option.invoked >= before || (node.used & bit) !== 0n) continue;
      if (option.isRefused && !(isEndDue && end?.isCrash === true)) continue;
      if (option.twin >= 0 && (node.used & (1n << BigInt(option.twin))) === 0n) continue;
      const states =
        option.operation === undefined
          ? node.states.with(option.key, orphaned(node.states[option.key] as State))
          : this.#apply(node.states, option.operation);
      if (states !== undefined) following.push({ ...node, used: node.used | bit, states });
    }
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
    const waiting = this.#chains
      .flatMap((chain, at) => chain.slice(node.positions[at]))
      .sort((a, b) => a.invoked - b.invoked)
      .slice(0, SHOWN)
      .map(showOperation);
    return `after ${node.done} operations (${states.join(', ')}) none of these could come next:\n  ${waiting.join('\n  ')}`;
  }
}

function nameOf({ positions, ends, used, states }: Node): string {
  let name = `${positions.join()}/${ends}/${used}`;
  for (const { kind, value, hasBlock } of states) {
    name += `/${kind.charAt(0)}${value}${hasBlock ? 'b' : ''}`;
  }
  return name;
}
