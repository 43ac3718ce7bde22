import type { Step } from './history.js';

/**
 * What a sequence may be, as far as its clients can tell. Immutable.
 *
 * - `absent`.
 * - `counter`: it has the value; `hasBlock` when numbers beyond it are reserved, which a crash skips.
 * - `skipped`: a crash has skipped some numbers: it has this value or a higher one, which the next answer tells.
 * - `gauge`: it has gone down, or was set to something lower; nothing of it is ever skipped.
 */
export interface State {
  readonly kind: 'absent' | 'counter' | 'skipped' | 'gauge';
  readonly value: bigint;
  readonly hasBlock: boolean;
}

export const ABSENT: State = { kind: 'absent', value: 0n, hasBlock: false };

/** The state after the step, or undefined when its answer can't come from this state. */
export function after(state: State, step: Step): State | undefined {
  switch (step.kind) {
    case 'take':
      return taken(state, step.amount, step.value);
    case 'read':
      return seen(state, step.value);
    case 'write': {
      // Of a value that is not known it can't be told whether the new one is lower: that is left open, in favour of the server.
      const isLower = state.kind !== 'absent' && step.value < state.value;
      const kind = state.kind === 'gauge' || isLower ? 'gauge' : 'counter';
      return { kind, value: step.value, hasBlock: false };
    }
    case 'remove':
      if (step.existed !== undefined && step.existed !== (state.kind !== 'absent'))
        return undefined;
      return ABSENT;
  }
}

function taken(state: State, amount: bigint, told: bigint | undefined): State | undefined {
  const least = state.value + amount;
  if (state.kind === 'skipped') {
    if (told !== undefined && told < least) return undefined;
    // What is not told stays open.
    if (told === undefined && amount > 0n) return { kind: 'skipped', value: least, hasBlock: true };
  } else if (told !== undefined && told !== least) return undefined;
  const value = told ?? least;
  if (state.kind === 'gauge' || amount < 0n) return { kind: 'gauge', value, hasBlock: false };
  return { kind: 'counter', value, hasBlock: true };
}

function seen(state: State, told: bigint | null | undefined): State | undefined {
  if (told === undefined) return state;
  if (told === null) return state.kind === 'absent' ? state : undefined;
  if (state.kind === 'absent') return undefined;
  if (state.kind !== 'skipped') return told === state.value ? state : undefined;
  return told < state.value
    ? undefined
    : { kind: 'counter', value: told, hasBlock: state.hasBlock };
}

/** What a crash leaves: a reserved block is skipped, everything else is exact. */
export function crashed(state: State): State {
  const isSkipped = state.kind === 'counter' && state.hasBlock;
  if (isSkipped || state.kind === 'skipped') {
    return { kind: 'skipped', value: state.value, hasBlock: false };
  }
  return state;
}

/** What a clean stop leaves: the value, and no reservation beyond it. */
export function stopped(state: State): State {
  return state.hasBlock ? { ...state, hasBlock: false } : state;
}

/** What the death of a worker leaves that had a block of its own: the rest of the block is skipped, the next one may be reserved. */
export function orphaned(state: State): State {
  if (state.kind !== 'counter' || !state.hasBlock) return state;
  return { kind: 'skipped', value: state.value, hasBlock: true };
}

export function showState({ kind, value }: State): string {
  switch (kind) {
    case 'absent':
      return 'none';
    case 'counter':
      return String(value);
    case 'skipped':
      return `${value} or more`;
    case 'gauge':
      return `${value} (gauge)`;
  }
}
