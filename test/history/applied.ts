import type { Moment } from './clock.js';
import { type Change, effectsOf, touchedBy } from './effects.js';
import { ABSENT, found as foundBy, isSame, isThere, type State } from './state.js';
import { isOfWatch, type Step } from './step.js';

/** What a connection watches, by places, and whether any of it has changed since. */
export interface Watch {
  readonly connection: number;
  readonly places: readonly number[];
  readonly isTouched: boolean;
}

/** What there is before and behind an operation. */
export interface Situation {
  readonly states: readonly State[];
  readonly watches: readonly Watch[];
}

/** What an operation may have come to; the arrays that were given where nothing changed. */
export interface Applied extends Situation {
  /** The server has looked at its clock. */
  readonly isTimed: boolean;
  /** The server has logged its time, or had done so a second ago at most. */
  readonly isDated: boolean;
  /** Nothing of what is left of the operation takes effect. */
  readonly isOver: boolean;
}

/** An operation's steps at the places of each, when and by whom. */
export interface Act {
  readonly connection: number;
  readonly steps: readonly Step[];
  readonly places: readonly (readonly number[])[];
  readonly moment: Moment;
}

/** Everything that the steps together may do; empty when they can't have answered what they did. */
export function applied(act: Act, { states, watches }: Situation): readonly Applied[] {
  let found: readonly Applied[] = [
    { states, watches, isTimed: false, isDated: false, isOver: false },
  ];
  act.steps.forEach((step, at) => {
    const places = act.places[at] as readonly number[];
    found = found.flatMap((each) => {
      if (each.isOver) return [each];
      return isOfWatch(step) ? watched(step, each, places, act) : changed(step, each, places, act);
    });
  });
  return found;
}

function changed(step: Change, so: Applied, places: readonly number[], { moment }: Act): Applied[] {
  const old = places.map((place) => so.states[place] as State);
  const isTimed = so.isTimed || hasExpiry(step) || old.some(hasDeadline);
  return effectsOf(step, old, moment).map((states) => {
    const isDated = so.isDated || (hasExpiry(step) && states.some(hasDeadline));
    let { watches } = so;
    if (watches.length > 0) {
      watches = touched(
        watches,
        touchedBy(step, old, states).map((at) => places[at] as number),
      );
    }
    return { ...so, states: replacedAt(so.states, places, states), watches, isTimed, isDated };
  });
}

function replacedAt(
  all: readonly State[],
  places: readonly number[],
  states: readonly State[],
): readonly State[] {
  let now = all;
  states.forEach((state, at) => {
    const place = places[at] as number;
    if (!isSame(state, now[place] as State)) now = now.with(place, state);
  });
  return now;
}

function touched(watches: readonly Watch[], places: readonly number[]): readonly Watch[] {
  const isHit = (watch: Watch) =>
    !watch.isTouched && watch.places.some((place) => places.includes(place));
  if (!watches.some(isHit)) return watches;
  return watches.map((watch) => (isHit(watch) ? { ...watch, isTouched: true } : watch));
}

function watched(
  step: Extract<Step, { kind: 'watch' | 'unwatch' | 'guard' }>,
  so: Applied,
  places: readonly number[],
  { connection, moment }: Act,
): Applied[] {
  const own = so.watches.find((watch) => watch.connection === connection);
  const others = own === undefined ? so.watches : so.watches.filter((watch) => watch !== own);
  if (step.kind === 'unwatch') return [{ ...so, watches: others }];
  const isTimed = so.isTimed || places.some((place) => hasDeadline(so.states[place] as State));
  if (step.kind === 'watch') {
    const kept = step.isFirst ? undefined : own;
    const all = [...new Set([...(kept?.places ?? []), ...places])];
    return lookedAt(so, places, moment).map((each) => {
      const isTouched = kept !== undefined && isTouchedIn(each, connection);
      const rest = each.watches.filter((watch) => watch.connection !== connection);
      return { ...each, watches: [...rest, { connection, places: all, isTouched }], isTimed };
    });
  }
  const wasTouched = isTouchedIn(so, connection);
  return lookedAt(so, own?.places ?? [], moment).flatMap((each) => {
    const watches = each.watches.filter((watch) => watch.connection !== connection);
    const isMet = !isTouchedIn(each, connection);
    const ends: Applied[] = [];
    if (isMet && step.isMet !== false) ends.push({ ...each, watches, isTimed });
    if (!isMet && step.isMet !== true) {
      // When the end of a deadline is the reason, everybody may know of it from now on.
      const states = wasTouched ? each.states : gone(each.states, own?.places ?? []);
      ends.push({ ...each, states, watches, isTimed, isOver: true });
    }
    return ends;
  });
}

function isTouchedIn({ watches }: Situation, connection: number): boolean {
  return watches.some((watch) => watch.connection === connection && watch.isTouched);
}

/** What has been found to be over there is gone for good. */
function gone(states: readonly State[], places: readonly number[]): readonly State[] {
  const ended = places.map((place) => {
    const state = states[place] as State;
    return isThere(state) ? state : ABSENT;
  });
  return replacedAt(states, places, ended);
}

/** These sequences are looked at, and nobody is told: what has expired is over, which whoever watched it learns. */
function lookedAt(so: Applied, places: readonly number[], moment: Moment): Applied[] {
  let found = [so];
  for (const place of places) {
    found = found.flatMap((each) => {
      const old = each.states[place] as State;
      return foundBy(old, moment).map((state) => {
        const isOver = isThere(old) && !isThere(state);
        const watches = isOver ? touched(each.watches, [place]) : each.watches;
        return { ...each, states: replacedAt(each.states, [place], [state]), watches };
      });
    });
  }
  return found;
}

function hasDeadline({ deadline }: State): boolean {
  return deadline !== undefined;
}

function hasExpiry(step: Step): boolean {
  if (step.kind === 'write') return step.expiry !== undefined && step.expiry !== 'kept';
  return (step.kind === 'expire' || step.kind === 'create') && step.expiry !== undefined;
}
