import { type Change, effectsOf } from './effects.js';
import type { Life, Lives, Option, Sent } from './lives.js';
import { crashed, orphaned, type State, stopped } from './state.js';
import { isOfWatch, keysOf } from './step.js';

/** What happens to a sequence in one life of the server, as far as it can be told without the other sequences. */
interface Course {
  /** Operations of several sequences are among it: nothing can be told. */
  readonly isOpen: boolean;
  /** What is answered that may come first: one of these does; empty when nothing is answered. */
  readonly looks: readonly Sent[];
  /** What has no answer, and may come before these. */
  readonly options: readonly Option[];
}

/** With more states of a sequence than that, anything counts as possible. */
const STATES = 100;

/**
 * What the lives to come show first of each sequence. Where a life ends, a state that none of that can follow needs not be looked at any further,
 * however much there is to try with other sequences.
 */
export class Prospects {
  readonly #lives: readonly Life[];
  readonly #isExact: boolean;
  /** By life, then by place. */
  readonly #courses: (Course | undefined)[][];
  readonly #known = new Map<string, boolean>();

  constructor(lives: Lives, isExact: boolean) {
    this.#lives = lives.all;
    this.#isExact = isExact;
    this.#courses = lives.all.map(() => []);
  }

  /** What the end of this life leaves of a sequence. */
  afterEnd({ end }: Life, state: State): State {
    return end?.isCrash === true && !this.#isExact ? crashed(state) : stopped(state);
  }

  /** Whether the sequence at this place may be so at the end of a life. */
  allows(life: number, place: number, state: State): boolean {
    const name = `${life}/${place}/${nameOf(state)}`;
    let isAllowed = this.#known.get(name);
    if (isAllowed === undefined) {
      isAllowed = this.#find(life, place, state);
      this.#known.set(name, isAllowed);
    }
    return isAllowed;
  }

  #find(life: number, place: number, state: State): boolean {
    const next = life + 1;
    if (next === this.#lives.length) return true;
    const { isOpen, looks, options } = this.#course(next, place);
    if (isOpen) return true;
    const reached = reachedBy(options, place, this.afterEnd(this.#lives[life] as Life, state));
    if (reached === undefined) return true;
    if (looks.length === 0) return reached.some((each) => this.allows(next, place, each));
    return reached.some((each) => looks.some((look) => after(look, place, each).length > 0));
  }

  #course(life: number, place: number): Course {
    const known = this.#courses[life]?.[place];
    if (known !== undefined) return known;
    const course = courseOf(this.#lives[life] as Life, place);
    (this.#courses[life] as (Course | undefined)[])[place] = course;
    return course;
  }
}

function courseOf({ chains, options, end }: Life, place: number): Course {
  const all = chains.flat().filter((sent) => changes(sent, place).length > 0);
  const until = Math.min(...all.map(({ operation }) => operation.returned));
  const looks = all.filter(({ operation }) => operation.invoked < until);
  const before = options.filter(({ invoked, sent, key, isRefused }) => {
    // What was refused comes back at a crash, behind all others.
    if (isRefused && (looks.length > 0 || end?.isCrash !== true)) return false;
    if (invoked >= until) return false;
    return sent === undefined ? key === place : changes(sent, place).length > 0;
  });
  const isShared = (sent: Sent | undefined) =>
    sent !== undefined && changes(sent, place).some((step) => keysOf(step).length > 1);
  const isOpen = looks.some(isShared) || before.some(({ sent }) => isShared(sent));
  return { isOpen, looks, options: before };
}

/** What it does with the sequence at this place, or shows of it. */
function changes({ operation, places }: Sent, place: number): Change[] {
  const { steps } = operation;
  if (steps.some((step) => step.kind === 'guard' && step.isMet === false)) return [];
  return steps.filter((step, at): step is Change => {
    return !isOfWatch(step) && places[at]?.includes(place) === true;
  });
}

/** What an operation may leave of the sequence; nothing when it can't have answered what it did. */
function after(sent: Sent, place: number, state: State): State[] {
  let states: State[] = [state];
  for (const step of changes(sent, place)) {
    states = states.flatMap((each) => {
      return effectsOf(step, [each], sent.moment).map(([next]) => next as State);
    });
  }
  return states;
}

/** What may become of a sequence when some of these are executed, in whatever order; undefined when that is too much to look at. */
function reachedBy(
  options: readonly Option[],
  place: number,
  state: State,
): readonly State[] | undefined {
  const found = [{ state, used: 0n }];
  const names = new Set<string>();
  for (const { state: from, used } of found) {
    for (const { sent, bit } of options) {
      if ((used & bit) !== 0n) continue;
      const states = sent === undefined ? [orphaned(from)] : after(sent, place, from);
      for (const next of states) {
        const name = `${nameOf(next)}/${used | bit}`;
        if (names.has(name)) continue;
        if (names.size >= STATES) return undefined;
        names.add(name);
        found.push({ state: next, used: used | bit });
      }
    }
  }
  return found.map(({ state: each }) => each);
}

function nameOf({ kind, value, hasBlock, deadline }: State): string {
  const until = deadline === undefined ? '' : `${deadline.earliest},${deadline.latest}`;
  return `${kind}${value}${hasBlock}${until}${deadline?.hasPassed === true ? '!' : ''}`;
}
