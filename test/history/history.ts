import { type Answer, answer, type Step, showStep } from './step.js';

/**
 * What clients of one process saw, in the manner of Jepsen: each operation from the moment it was sent to its answer. Positions
 * are on one clock that counts invocations and answers.
 *
 * - `ok`: answered.
 * - `fail`: answered with an error that says that it was not executed (LOADING); it never takes effect.
 * - `refused`: answered with an error that says that the log could not be written (MISCONF). While the server lives it has
 *   no effect, but the disk may have it: it takes effect at the next crash, or never.
 * - `unknown`: no answer came. It takes effect at any time after it was sent and before the next end of the server, or never.
 */
export type Outcome = 'pending' | 'ok' | 'fail' | 'refused' | 'unknown';

/** A request; its steps take effect together and without another operation between them. */
export interface Operation {
  readonly connection: number;
  readonly invoked: number;
  readonly steps: readonly Step[];
  returned: number;
  outcome: Outcome;
  /** When it was sent and answered, in ms of the clock that the history was given. */
  readonly sentMs: number;
  answeredMs: number;
}

/**
 * - `crash`: the server ended as it stood, and another went on from what was reserved.
 * - `restart`: the server stopped as it was asked to, and another went on with nothing lost.
 * - `workerDeath`: a worker ended that may have had a block of numbers of its own.
 */
export interface ServerEvent {
  readonly at: number;
  readonly kind: 'crash' | 'restart' | 'workerDeath';
  readonly atMs: number;
}

/** From then on the clock of the server's machine is wrong by so much. */
export interface ClockStep {
  readonly atMs: number;
  readonly offsetMs: number;
}

export class History {
  readonly operations: Operation[] = [];
  readonly events: ServerEvent[] = [];
  readonly clockSteps: ClockStep[] = [];
  readonly #clockMs: () => number;
  #now = 0;

  /** `clockMs` is the time of which a server's deadlines are judged; without it nothing is known of when anything happened. */
  constructor(clockMs: () => number = () => Number.NaN) {
    this.#clockMs = clockMs;
  }

  get now(): number {
    return this.#now;
  }

  /** To be called before the request is written. Several steps are one transaction. */
  invoke(connection: number, ...steps: Step[]): Operation {
    const operation: Operation = {
      connection,
      invoked: ++this.#now,
      steps,
      returned: Number.POSITIVE_INFINITY,
      outcome: 'pending',
      sentMs: this.#clockMs(),
      answeredMs: Number.NaN,
    };
    this.operations.push(operation);
    return operation;
  }

  /** A request for the next number of a sequence, or the next `amount` of them. */
  take(connection: number, key: string, amount: number | bigint = 1): Operation {
    return this.invoke(connection, { kind: 'take', key, amount: BigInt(amount) });
  }

  read(connection: number, ...keys: string[]): Operation {
    return this.invoke(connection, ...keys.map((key): Step => ({ kind: 'read', key })));
  }

  /** To be called when the answer is read, with what each step answered. */
  returned(operation: Operation, ...answers: Answer[]): void {
    this.#answered(operation, 'ok');
    operation.steps.forEach((step, at) => {
      answer(step, answers[at]);
    });
  }

  failed(operation: Operation, outcome: 'fail' | 'refused'): void {
    this.#answered(operation, outcome);
  }

  #answered(operation: Operation, outcome: Outcome): void {
    operation.returned = ++this.#now;
    operation.answeredMs = this.#clockMs();
    operation.outcome = outcome;
  }

  lost(operation: Operation): void {
    operation.outcome = 'unknown';
  }

  /** To be called when the last process of a server is gone and before the next one takes a request. */
  happened(kind: ServerEvent['kind']): void {
    this.events.push({ at: ++this.#now, kind, atMs: this.#clockMs() });
  }

  /** To be called when the clock of the server's machine has been set. */
  clockSet(offsetMs: number): void {
    this.clockSteps.push({ atMs: this.#clockMs(), offsetMs });
  }

  answered(): Operation[] {
    return this.operations.filter((each) => each.outcome === 'ok');
  }

  /** The highest number of a key that any answered take told. */
  highest(key: string): bigint {
    let highest = 0n;
    for (const { outcome, steps } of this.operations) {
      if (outcome !== 'ok') continue;
      for (const step of steps) {
        if (step.kind === 'take' && step.key === key && (step.value ?? 0n) > highest) {
          highest = step.value ?? 0n;
        }
      }
    }
    return highest;
  }
}

/** One line of the history. */
export function showOperation(each: Operation): string {
  const until = each.returned === Number.POSITIVE_INFINITY ? '…' : String(each.returned);
  const steps = each.steps.map(showStep).join('; ');
  return `${each.invoked} to ${until}, connection ${each.connection}: ${steps} [${each.outcome}]`;
}
