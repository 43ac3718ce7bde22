import type { ExecutionContext } from 'ava';
import { type CheckOptions, problemsOf } from './check.js';
import { History, type Operation } from './history.js';
import type { Answer, Step } from './step.js';

export const SEARCHED: CheckOptions = { gaps: 'over crashes', isSearched: true };

/** A history whose time only passes when it is told to. */
export class Told extends History {
  nowMs: number;

  constructor(nowMs = 1000) {
    super(() => this.nowMs);
    this.nowMs = nowMs;
  }

  /** One connection asks, and is answered at the same moment. */
  done(step: Step, answer?: Answer): void {
    this.returned(this.invoke(1, step), answer);
  }

  sent(connection: number, step: Step): Operation {
    return this.invoke(connection, step);
  }
}

export function possible(t: ExecutionContext, fill: (history: Told) => void): void {
  const history = new Told();
  fill(history);
  t.deepEqual(problemsOf(history, SEARCHED), []);
}

export function impossible(t: ExecutionContext, fill: (history: Told) => void): void {
  const history = new Told();
  fill(history);
  const problems = problemsOf(history, SEARCHED);
  t.is(problems.length, 1);
  t.regex(problems.join(), /none of these could come next/);
}
