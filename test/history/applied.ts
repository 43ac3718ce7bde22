import type { Moment } from './clock.js';
import { effectsOf } from './effects.js';
import { isSame, type State } from './state.js';
import type { Step } from './step.js';

/** What an operation may have come to. */
export interface Applied {
  /** The array that was given when nothing changed. */
  readonly states: readonly State[];
  /** The server has looked at its clock. */
  readonly isTimed: boolean;
  /** The server has logged its time, or had done so a second ago at most. */
  readonly isDated: boolean;
}

/** Everything that the steps together may do to these states, at places of each; empty when they can't have answered what they did. */
export function applied(
  steps: readonly Step[],
  before: readonly State[],
  places: readonly (readonly number[])[],
  moment: Moment,
): readonly Applied[] {
  let found: readonly Applied[] = [{ states: before, isTimed: false, isDated: false }];
  steps.forEach((step, at) => {
    const ofStep = places[at] as readonly number[];
    found = found.flatMap((each) => appliedOne(step, each, ofStep, moment));
  });
  return found;
}

function appliedOne(step: Step, so: Applied, places: readonly number[], moment: Moment): Applied[] {
  const old = places.map((place) => so.states[place] as State);
  const isTimed = so.isTimed || hasExpiry(step) || old.some(hasDeadline);
  return effectsOf(step, old, moment).map((states) => {
    let all = so.states;
    states.forEach((state, at) => {
      if (!isSame(state, old[at] as State)) all = all.with(places[at] as number, state);
    });
    const isDated = so.isDated || (hasExpiry(step) && states.some(hasDeadline));
    return { states: all, isTimed, isDated };
  });
}

function hasDeadline({ deadline }: State): boolean {
  return deadline !== undefined;
}

function hasExpiry(step: Step): boolean {
  if (step.kind === 'write') return step.expiry !== undefined && step.expiry !== 'kept';
  return (step.kind === 'expire' || step.kind === 'create') && step.expiry !== undefined;
}
