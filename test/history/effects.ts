import type { Moment } from './clock.js';
import {
  ABSENT,
  type Deadline,
  found,
  isThere,
  met,
  redated,
  replaced,
  type State,
  seen,
  taken,
  written,
} from './state.js';
import type { Expiry, Step } from './step.js';

/** What is done to sequences, or asked of them. */
export type Change = Exclude<Step, { kind: 'watch' | 'unwatch' | 'guard' }>;

/** The new states of the sequences that a step sees or changes, in the order of `keysOf`. */
export type Effect = readonly State[];

/** Everything that a step may do to these states at that moment, given what it answered; nothing when it can't have answered that. */
export function effectsOf(step: Change, states: readonly State[], moment: Moment): Effect[] {
  switch (step.kind) {
    case 'move':
      return moved(step, states, moment);
    case 'create':
      return created(step, states, moment);
    case 'swap':
      return swapped(states, moment);
    default: {
      const effects: Effect[] = [];
      for (const state of met(states[0] as State, moment)) {
        for (const next of after(step, state, moment)) effects.push([next]);
      }
      return effects;
    }
  }
}

type OneKey = Exclude<Change, { kind: 'move' | 'create' | 'swap' }>;

function after(step: OneKey, state: State, moment: Moment): State[] {
  switch (step.kind) {
    case 'take':
      return only(taken(state, step.amount, step.value));
    case 'read':
      return only(seen(state, step.value));
    case 'exists':
      return differs(state.kind !== 'absent', step.existed) ? [] : [state];
    case 'write': {
      const { expiry } = step;
      if (expiry === 'kept') return [written(state, step.value, state.deadline)];
      if (expiry === undefined) return [written(state, step.value, undefined)];
      return dated(expiry, moment, (deadline) => written(state, step.value, deadline), ABSENT);
    }
    case 'remove':
      return differs(state.kind !== 'absent', step.existed) ? [] : [ABSENT];
    case 'expire':
      return expired(step, state, moment);
    case 'deadline':
      return only(told(state, step.told, step.isRelative, moment));
  }
}

function only(state: State | undefined): State[] {
  return state === undefined ? [] : [state];
}

function differs<T>(is: T, told: T | undefined): boolean {
  return told !== undefined && told !== is;
}

function expired(
  { expiry, isSet }: Extract<Step, { kind: 'expire' }>,
  state: State,
  moment: Moment,
): State[] {
  const isDone = state.kind !== 'absent' && (expiry !== undefined || state.deadline !== undefined);
  if (differs(isDone, isSet)) return [];
  if (!isDone) return [state];
  if (expiry === undefined) return [redated(state, undefined)];
  return dated(expiry, moment, (deadline) => redated(state, deadline), ABSENT);
}

/** With a deadline; what gets one that has passed is removed at once. */
function dated<T>(
  { kind, ms }: Expiry,
  moment: Moment,
  set: (deadline: Deadline) => T,
  removed: T,
): T[] {
  if (kind === 'in') {
    return [set({ earliest: moment.earliest + ms, latest: moment.latest + ms })];
  }
  const found: T[] = [];
  if (moment.earliest < ms) found.push(set({ earliest: ms, latest: ms }));
  if (moment.latest >= ms) found.push(removed);
  return found;
}

/** The state, and what the answer tells of its deadline. */
function told(
  state: State,
  answer: bigint | undefined,
  isRelative: boolean,
  moment: Moment,
): State | undefined {
  if (answer === undefined) return state;
  if (answer < -1n) return state.kind === 'absent' ? state : undefined;
  const { deadline } = state;
  if (state.kind === 'absent') return undefined;
  if (answer === -1n || deadline === undefined) {
    return answer === -1n && deadline === undefined ? state : undefined;
  }
  const from = Number(answer) + (isRelative ? moment.earliest : 0);
  const to = Number(answer) + (isRelative ? moment.latest : 0);
  const earliest = Math.max(deadline.earliest, from);
  const latest = Math.min(deadline.latest, to);
  if (earliest > latest) return undefined;
  const isKnown = earliest === deadline.earliest && latest === deadline.latest;
  return isKnown ? state : { ...state, deadline: { earliest, latest } };
}

function moved(
  { isCopy, replaces, isMoved }: Extract<Step, { kind: 'move' }>,
  [from, to]: readonly State[],
  moment: Moment,
): Effect[] {
  const effects: Effect[] = [];
  for (const source of met(from as State, moment)) {
    for (const target of met(to as State, moment)) {
      const isDone = source.kind !== 'absent' && (replaces || target.kind === 'absent');
      if (differs(isDone, isMoved)) continue;
      if (!isDone) effects.push([source, target]);
      else effects.push([isCopy ? source : ABSENT, replaced(target, source)]);
    }
  }
  return effects;
}

/** What is over comes along, and nobody is told of that. */
function swapped(states: readonly State[], moment: Moment): Effect[] {
  const all = together(states.map((state) => found(state, moment)));
  return all.map((each) => each.map((_, at) => each[at ^ 1] as State));
}

/** One of each, in all ways. */
function together(choices: readonly (readonly State[])[]): State[][] {
  let all: State[][] = [[]];
  for (const choice of choices) {
    all = all.flatMap((before) => choice.map((each) => [...before, each]));
  }
  return all;
}

function created(
  { pairs, expiry, isSet }: Extract<Step, { kind: 'create' }>,
  states: readonly State[],
  moment: Moment,
): Effect[] {
  const effects: Effect[] = [];
  for (const each of together(states.map((state) => met(state, moment)))) {
    const isDone = each.every(({ kind }) => kind === 'absent');
    if (differs(isDone, isSet)) continue;
    const set = (deadline: Deadline | undefined) =>
      pairs.map(([, value]) => written(ABSENT, value, deadline));
    if (!isDone) effects.push(each);
    else if (expiry === undefined) effects.push(set(undefined));
    else
      effects.push(
        ...dated(
          expiry,
          moment,
          set,
          pairs.map(() => ABSENT),
        ),
      );
  }
  return effects;
}

/** Which of the sequences, by their position, count as changed for who watches them. */
export function touchedBy(step: Change, before: Effect, after: Effect): readonly number[] {
  const isTouched = (old: State, at: number): boolean => {
    const state = isThere(old) ? old : ABSENT;
    const next = after[at] as State;
    const isLeft = isThere(next);
    // Removed, or expired and found so.
    if (isThere(old) && !isLeft) return true;
    switch (step.kind) {
      case 'write':
        return true;
      case 'take':
      case 'swap':
        return isLeft;
      case 'expire': {
        const wasSet = step.expiry !== undefined || state.deadline !== next.deadline;
        return isLeft && (step.isSet ?? wasSet);
      }
      case 'move':
        return (step.isMoved === true && at === 1) || isOther(state, next);
      case 'create':
        return step.isSet === true || isOther(state, next);
      default:
        return false;
    }
  };
  return before.flatMap((state, at) => (isTouched(state, at) ? [at] : []));
}

/** More than that more is known of its deadline. */
function isOther(state: State, next: State): boolean {
  const isDated = (state.deadline === undefined) !== (next.deadline === undefined);
  return state.kind !== next.kind || state.value !== next.value || isDated;
}
