import type { Moment } from './clock.js';

/** A time of the server's clock, in ms, that is known to lie within these bounds. */
export interface Deadline {
  readonly earliest: number;
  readonly latest: number;
  /**
   * The server has found that it has passed, and told nobody: as long as it lives the sequence is gone, and whoever comes next may bring it
   * back, when the server ends as it stood and its machine's clock is set back.
   */
  readonly hasPassed?: true;
}

/**
 * What a sequence may be, as far as its clients can tell. Immutable.
 *
 * - `absent`.
 * - `counter`: it has the value; `hasBlock` when numbers beyond it are reserved, which a crash skips.
 * - `skipped`: a crash has skipped some numbers: it has this value or a higher one, which the next answer tells.
 * - `gauge`: it has gone down, was set to something lower, or got a deadline; nothing of it is ever skipped.
 */
export interface State {
  readonly kind: 'absent' | 'counter' | 'skipped' | 'gauge';
  readonly value: bigint;
  readonly hasBlock: boolean;
  readonly deadline: Deadline | undefined;
}

export const ABSENT: State = { kind: 'absent', value: 0n, hasBlock: false, deadline: undefined };

/** There is one, and its time has not come, as far as the server has looked. */
export function isThere({ kind, deadline }: State): boolean {
  return kind !== 'absent' && deadline?.hasPassed === undefined;
}

/** What somebody meets who looks at that moment and tells: a sequence whose time may have come is there, or not. */
export function met(state: State, moment: Moment): readonly State[] {
  return found(state, moment).map((each) => (isThere(each) ? each : ABSENT));
}

/** The same for who tells nobody. */
export function found(state: State, { earliest, latest }: Moment): readonly State[] {
  const { deadline } = state;
  if (deadline === undefined || !isThere(state)) return [state];
  const found: State[] = [];
  if (latest >= deadline.earliest) {
    found.push({ ...state, deadline: { ...deadline, hasPassed: true } });
  }
  if (earliest < deadline.latest) {
    // It is later than the moment.
    const isKnown = deadline.earliest > earliest;
    found.push(isKnown ? state : { ...state, deadline: { ...deadline, earliest: earliest + 1 } });
  }
  return found;
}

/** After a take, or undefined when it can't have told this. */
export function taken(state: State, amount: bigint, told: bigint | undefined): State | undefined {
  const least = state.value + amount;
  const { deadline } = state;
  if (state.kind === 'skipped') {
    if (told !== undefined && told < least) return undefined;
    // What is not told stays open.
    if (told === undefined && amount > 0n) {
      return { kind: 'skipped', value: least, hasBlock: true, deadline };
    }
  } else if (told !== undefined && told !== least) return undefined;
  const value = told ?? least;
  if (state.kind === 'gauge' || amount < 0n || deadline !== undefined) {
    return { kind: 'gauge', value, hasBlock: false, deadline };
  }
  return { kind: 'counter', value, hasBlock: true, deadline };
}

/** After a read, or undefined when it can't have told this. */
export function seen(state: State, told: bigint | null | undefined): State | undefined {
  if (told === undefined) return state;
  if (told === null) return state.kind === 'absent' ? state : undefined;
  if (state.kind === 'absent') return undefined;
  if (state.kind !== 'skipped') return told === state.value ? state : undefined;
  if (told < state.value) return undefined;
  return { ...state, kind: state.deadline === undefined ? 'counter' : 'gauge', value: told };
}

/** After its value was set, exactly. */
export function written(state: State, value: bigint, deadline: Deadline | undefined): State {
  // Of a value that is not known it can't be told whether the new one is lower: that is left open, in favour of the server.
  const isLower = state.kind !== 'absent' && value < state.value;
  const isGauge = state.kind === 'gauge' || isLower || deadline !== undefined;
  return { kind: isGauge ? 'gauge' : 'counter', value, hasBlock: false, deadline };
}

/** After its value was set to that of another, which may not be known. */
export function replaced(state: State, { kind, value, deadline }: State): State {
  if (kind === 'skipped') return { kind, value, hasBlock: false, deadline };
  return written(state, value, deadline);
}

/** After its deadline was set, or taken away; its value is exact from then on. */
export function redated(state: State, deadline: Deadline | undefined): State {
  return {
    ...state,
    kind: state.kind === 'skipped' ? 'skipped' : 'gauge',
    hasBlock: false,
    deadline,
  };
}

/** What a crash leaves: a reserved block is skipped, everything else is exact. */
export function crashed(one: State): State {
  const state = reborn(one);
  const isSkipped = state.kind === 'counter' && state.hasBlock;
  if (isSkipped || state.kind === 'skipped') {
    return { ...state, kind: 'skipped', hasBlock: false };
  }
  return state;
}

/** What a clean stop leaves: the value, and no reservation beyond it. */
export function stopped(one: State): State {
  const state = reborn(one);
  return state.hasBlock ? { ...state, hasBlock: false } : state;
}

/** The next server looks for itself. */
function reborn(state: State): State {
  if (state.deadline?.hasPassed === undefined) return state;
  const { earliest, latest } = state.deadline;
  return { ...state, deadline: { earliest, latest } };
}

/** What the death of a worker leaves that had a block of its own: the rest of the block is skipped, the next one may be reserved. */
export function orphaned(state: State): State {
  if (state.kind !== 'counter' || !state.hasBlock) return state;
  return { ...state, kind: 'skipped', hasBlock: true };
}

export function isSame(a: State, b: State): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.value === b.value &&
      a.hasBlock === b.hasBlock &&
      a.deadline?.earliest === b.deadline?.earliest &&
      a.deadline?.latest === b.deadline?.latest &&
      a.deadline?.hasPassed === b.deadline?.hasPassed)
  );
}

export function showState(state: State): string {
  const { kind, value, deadline } = state;
  const until =
    deadline === undefined
      ? ''
      : ` until ${deadline.earliest}..${deadline.latest}${isThere(state) ? '' : ', which has passed'}`;
  switch (kind) {
    case 'absent':
      return 'none';
    case 'counter':
      return String(value);
    case 'skipped':
      return `${value} or more${until}`;
    case 'gauge':
      return `${value} (gauge)${until}`;
  }
}
