import { type Applied, applied, type Situation, type Watch } from './applied.js';
import { notBefore } from './clock.js';
import { showOperation } from './history.js';
import { type Life, Lives, Places, type Sent } from './lives.js';
import { Prospects } from './prospects.js';
import { ABSENT, orphaned, type State, showState } from './state.js';
import type { SearchInput, Verdict } from './verdict.js';

/**
 * Looks for an order of operations in which a single server, executing one after the other, would have given every answer: the
 * search of Wing and Gong, with Lowe's memory of what was tried. Operations on sequences that some transaction connects
 * are searched together. The order keeps real time, and that of each connection.
 */

/** Not changed any more when it is looked at. */
interface Node extends Situation {
  readonly life: number;
  /** How many of each chain of this life are in the order, and how many in all. */
  positions: readonly number[];
  placed: number;
  /** Options that can't be taken any more, and those that have been. */
  readonly used: bigint;
  readonly spent: bigint;
  /** For each option that has just been taken, its keys: the next operation touches one of each. */
  due: readonly number[];
  /** At the end of a life: the division that options are taken from; those before it have been. */
  readonly division: number;
  /** The server's clock is known to be ahead of the right time by so much at least. */
  offsetMs: number;
  /** And to have shown this time in an earlier life; and what the next life's will have. */
  readonly floorMs: number;
  nextFloorMs: number;
  /** Over all lives. */
  done: number;
}

/** The server logs its time when something gets a deadline, but not more often than so. */
const LOGGED_EVERY_MS = 1000;
/** What a pause between its looks at the machine's two clocks may cost the server's, once it goes by the second one alone. */
export const LAG_MS = 3;

const SHOWN = 8;

export class Search {
  readonly #input: SearchInput;
  readonly #places: Places;
  readonly #lives: Lives;
  readonly #prospects: Prospects;
  /** Places that were looked at, and with which options used: more of them leave no more possibilities. */
  readonly #visited = new Map<string, Leaving[]>();
  #looked = 0;

  constructor(input: SearchInput) {
    this.#input = input;
    this.#places = new Places(input.operations);
    this.#lives = new Lives(input, this.#places);
    this.#prospects = new Prospects(this.#lives, input.isExact);
  }

  run(): Verdict {
    const states = this.#places.keys.map(() => ABSENT);
    const first = this.#born(0, states, -Infinity, 0);
    let best = first;
    // With each node, whether its answered operations have been tried and only options are left.
    const stack: [node: Node, isTried: boolean][] = [[first, false]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [node, isTried] = top;
      const life = this.#lives.all[node.life] as Life;
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
      if (isOver) {
        if (this.#mayEnd(node, life, life.divisions.length)) {
          stack.push([this.#ended(node, life), false]);
        }
      } else for (const next of this.#answered(node, life)) stack.push([next, false]);
    }
    return { kind: 'impossible', text: this.#explain(best) };
  }

  /** Whether this place, or a better one, was looked at before; remembers it. */
  #isKnown(node: Node): boolean {
    const name = nameOf(node);
    const known = this.#visited.get(name);
    if (known === undefined) {
      this.#visited.set(name, [node]);
      return false;
    }
    if (known.some((other) => leavesNoLess(other, node))) return true;
    known.push(node);
    return false;
  }

  #born(life: number, states: readonly State[], floorMs: number, done: number): Node {
    const positions = (this.#lives.all[life] as Life).chains.map(() => 0);
    const clock = { offsetMs: -Infinity, floorMs, nextFloorMs: floorMs };
    return {
      life,
      positions,
      placed: 0,
      used: 0n,
      spent: 0n,
      due: [],
      division: 0,
      states,
      watches: [],
      ...clock,
      done,
    };
  }

  /** Whether the next lives may begin with what there is, but for what is in the divisions from this one on. */
  #mayEnd(node: Node, life: Life, division: number): boolean {
    const open = life.divisions.slice(division).reduce((all, each) => all | each, 0);
    return node.states.every((state, place) => {
      const isOpen = (open & this.#places.bitOf(place)) !== 0;
      return isOpen || this.#prospects.allows(node.life, place, state);
    });
  }

  #ended(node: Node, life: Life): Node {
    const states = node.states.map((state) => this.#prospects.afterEnd(life, state));
    return this.#born(node.life + 1, states, node.nextFloorMs, node.done);
  }

  /** The next answered operation of each connection. */
  #next({ positions }: Node, { chains }: Life): Sent[] {
    const next: Sent[] = [];
    for (let at = 0; at < chains.length; at++) {
      const sent = (chains[at] as Sent[])[positions[at] as number];
      if (sent !== undefined) next.push(sent);
    }
    return next;
  }

  /** Answered operations that may come next, the latest answer first. */
  #answered(node: Node, life: Life): Node[] {
    const { chains } = life;
    const before = firstReturn(this.#next(node, life));
    const found: { readonly next: Node; readonly returned: number }[] = [];
    for (let at = 0; at < chains.length; at++) {
      const sent = (chains[at] as Sent[])[node.positions[at] as number];
      if (sent === undefined || sent.operation.invoked >= before) continue;
      if (node.due.length > 0 && !touches(sent.mask, node.due)) continue;
      for (const outcome of this.#apply(node, sent)) {
        const next = this.#after(node, sent, outcome);
        next.positions = node.positions.with(at, (node.positions[at] as number) + 1);
        next.placed++;
        next.due = [];
        next.done++;
        // What changes nothing wherever it comes can as well come now.
        if (sent.isIdle && isAsBefore(node, next)) return [next];
        found.push({ next, returned: sent.operation.returned });
      }
    }
    return found.sort((a, b) => b.returned - a.returned).map(({ next }) => next);
  }

  /**
   * What follows when an operation without an answer takes effect now. It is enough to look at those that come right before the next
   * operation on one of their sequences, or at the end: further ahead they make no difference. That next one may be without an answer itself.
   */
  #taken(node: Node, life: Life): Node[] {
    const next = this.#next(node, life);
    const before = firstReturn(next);
    const soon = next.filter(({ operation }) => operation.invoked < before);
    const links = life.options.filter(({ isLink, invoked, bit }) => {
      return isLink && invoked < before && (node.used & bit) === 0n;
    });
    const isOver = node.placed === life.count;
    const isCrashing = isOver && life.end?.isCrash === true;
    // What a log that failed has taken back may be on the disk all the same: a crash brings it back, behind all others.
    const isLate = isCrashing && this.#input.mayFail;
    // At the end, options that have nothing to do with each other are taken one division after the other. With a clock that was set, each tells of it.
    const isDivided = isOver && this.#input.clockSteps.length === 0;
    const mayTake = life.divisions.map((_, at) => {
      return !isDivided || (at >= node.division && this.#mayEnd(node, life, at));
    });
    const found: Node[] = [];
    for (const option of life.options) {
      const { invoked, sent, key, mask, isRefused, bit, twin } = option;
      if (mayTake[option.division] !== true) continue;
      if (invoked >= before || ((isLate ? node.spent : node.used) & bit) !== 0n) continue;
      if (isRefused && !isCrashing) continue;
      // The crash skips as much.
      if (sent === undefined && isCrashing && !this.#input.isExact) continue;
      if ((node.used & twin) !== twin) continue;
      if ((node.positions[option.chain] ?? 0) < option.after) continue;
      const due = isOver ? [] : [...node.due.filter((each) => (each & mask) === 0), mask];
      const isNeeded =
        isOver ||
        soon.some((each) => touches(each.mask, due)) ||
        links.some((each) => each.bit !== bit && touches(each.mask, due));
      if (!isNeeded) continue;
      const division = isDivided ? option.division : 0;
      const used = node.used | bit | option.earlier;
      const spent = this.#input.mayFail ? node.spent | bit : 0n;
      if (sent === undefined) {
        const state = orphaned(node.states[key] as State);
        if (state === node.states[key]) continue;
        found.push({ ...node, used, spent, due, division, states: node.states.with(key, state) });
        continue;
      }
      for (const outcome of this.#apply(node, sent)) {
        const next = this.#after(node, sent, outcome);
        if (isWithoutEffect(node, next, sent.operation.connection)) continue;
        found.push({ ...next, used, spent, due, division });
      }
    }
    return found;
  }

  #apply(node: Node, { operation, moment, places }: Sent): readonly Applied[] {
    const now = notBefore(moment, node.offsetMs, node.floorMs);
    // The clock would have to be behind what it has shown.
    if (now.earliest > now.latest) return [];
    const { connection, steps } = operation;
    return applied({ connection, steps, places, moment: now }, node);
  }

  /** A node with these states, and with what is known of the clock from the operation that led to them. */
  #after(node: Node, { operation, moment }: Sent, outcome: Applied): Node {
    const { states, watches, isTimed, isDated } = outcome;
    const next = { ...node, states, watches };
    // Without a step of the clock it is always right.
    if (!isTimed || this.#input.clockSteps.length === 0) return next;
    const { earliest, offsetMs } = notBefore(moment, node.offsetMs, node.floorMs);
    next.offsetMs = Math.max(node.offsetMs, offsetMs - this.#input.lagMs);
    // An operation without an answer, or with an error, may not have reached the log.
    if (operation.outcome !== 'ok') return next;
    next.offsetMs = Math.max(next.offsetMs, earliest - operation.answeredMs);
    if (isDated) next.nextFloorMs = Math.max(node.nextFloorMs, earliest - LOGGED_EVERY_MS);
    return next;
  }

  #explain(node: Node): string {
    const states = this.#places.keys.map(
      (key, at) => `${key} ${showState(node.states[at] as State)}`,
    );
    const waiting = (this.#lives.all[node.life] as Life).chains
      .flatMap((chain, at) => chain.slice(node.positions[at]).map(({ operation }) => operation))
      .sort((a, b) => a.invoked - b.invoked)
      .slice(0, SHOWN)
      .map(showOperation);
    return `after ${node.done} operations (${states.join(', ')}) none of these could come next:\n  ${waiting.join('\n  ')}`;
  }
}

/** The first answer that is still to come: nothing that was sent after it comes before it. */
function firstReturn(next: readonly Sent[]): number {
  let first = Number.POSITIVE_INFINITY;
  // Answers of a connection come in order, so its next operation has its first answer.
  for (const { operation } of next) if (operation.returned < first) first = operation.returned;
  return first;
}

function isAsBefore(node: Node, next: Node): boolean {
  const isSame = node.states === next.states && node.watches === next.watches;
  return isSame && node.offsetMs === next.offsetMs;
}

/** Nothing is other than before, but what the connection itself watches, which sends nothing more. */
function isWithoutEffect(node: Node, next: Node, connection: number): boolean {
  if (node.states !== next.states) return false;
  const others = (watches: readonly Watch[]) =>
    watches.filter((watch) => watch.connection !== connection);
  const before = others(node.watches);
  return others(next.watches).every((watch, at) => watch.isTouched === before[at]?.isTouched);
}

/** What a node leaves to be taken. */
type Leaving = Pick<Node, 'used' | 'spent' | 'division'>;

function leavesNoLess(one: Leaving, other: Leaving): boolean {
  if (one.division > other.division) return false;
  return (one.used & other.used) === one.used && (one.spent & other.spent) === one.spent;
}

function touches(mask: number, due: readonly number[]): boolean {
  return due.every((each) => (mask & each) !== 0);
}

function nameOf(node: Node): string {
  const { life, positions, due, states, watches, offsetMs, floorMs, nextFloorMs } = node;
  let name = `${life}/${positions.join()}/${due.toSorted((a, b) => a - b).join()}/${offsetMs},${floorMs},${nextFloorMs}`;
  // What is watched follows from what is in the order; the connections stand in no fixed one.
  const told = watches.filter(({ isTouched }) => isTouched).map(({ connection }) => connection);
  if (told.length > 0) name += `/${told.sort((a, b) => a - b).join()}!`;
  for (const { kind, value, hasBlock, deadline } of states) {
    name += `/${kind.charAt(0)}${value}${hasBlock ? 'b' : ''}`;
    if (deadline !== undefined)
      name += `<${deadline.earliest},${deadline.latest}${deadline.hasPassed ? '!' : ''}`;
  }
  return name;
}
