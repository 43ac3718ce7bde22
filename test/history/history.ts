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

/** One act on one key. What it answered is undefined where nobody looked, or nothing was answered. */
export type Step =
  /** Moves the value by `amount` (INCR, INCRBY, SEQ.NEXT COUNT, DECR); `value` is the one after it. */
  | { readonly kind: 'take'; readonly key: string; readonly amount: bigint; value?: bigint }
  /** null: there is none. */
  | { readonly kind: 'read'; readonly key: string; value?: bigint | null }
  | { readonly kind: 'write'; readonly key: string; readonly value: bigint }
  | { readonly kind: 'remove'; readonly key: string; existed?: boolean };

/** A request; its steps take effect together and without another operation between them. */
export interface Operation {
  readonly connection: number;
  readonly invoked: number;
  readonly steps: readonly Step[];
  returned: number;
  outcome: Outcome;
}

/** What a step answered: the value after a take, the value read or null, whether what was removed existed. */
export type Answer = bigint | null | boolean | undefined;

/**
 * - `crash`: the server ended as it stood, and another went on from what was reserved.
 * - `restart`: the server stopped as it was asked to, and another went on with nothing lost.
 * - `workerDeath`: a worker ended that may have had a block of numbers of its own.
 */
export interface ServerEvent {
  readonly at: number;
  readonly kind: 'crash' | 'restart' | 'workerDeath';
}

export class History {
  readonly operations: Operation[] = [];
  readonly events: ServerEvent[] = [];
  #now = 0;

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
    operation.returned = ++this.#now;
    operation.outcome = 'ok';
    operation.steps.forEach((step, at) => {
      answer(step, answers[at]);
    });
  }

  failed(operation: Operation, outcome: 'fail' | 'refused'): void {
    operation.returned = ++this.#now;
    operation.outcome = outcome;
  }

  lost(operation: Operation): void {
    operation.outcome = 'unknown';
  }

  /** To be called when the last process of a server is gone and before the next one takes a request. */
  happened(kind: ServerEvent['kind']): void {
    this.events.push({ at: ++this.#now, kind });
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

function answer(step: Step, given: Answer): void {
  if (given === undefined) return;
  if (step.kind === 'take' && typeof given === 'bigint') step.value = given;
  else if (step.kind === 'read' && typeof given !== 'boolean') step.value = given;
  else if (step.kind === 'remove' && typeof given === 'boolean') step.existed = given;
  else throw new Error(`a ${step.kind} was answered by ${String(given)}`);
}

export function showStep(step: Step): string {
  switch (step.kind) {
    case 'take': {
      const head = `take ${step.key} ${step.amount > 0n ? '+' : ''}${step.amount}`;
      return step.value === undefined ? head : `${head} = ${step.value}`;
    }
    case 'read':
      if (step.value === undefined) return `read ${step.key}`;
      return `read ${step.key} = ${step.value ?? 'none'}`;
    case 'write':
      return `write ${step.key} ${step.value}`;
    case 'remove':
      if (step.existed === undefined) return `remove ${step.key}`;
      return `remove ${step.key} = ${step.existed ? 'there' : 'none'}`;
  }
}

/** One line of the history. */
export function showOperation(each: Operation): string {
  const until = each.returned === Number.POSITIVE_INFINITY ? '…' : String(each.returned);
  const steps = each.steps.map(showStep).join('; ');
  return `${each.invoked} to ${until}, connection ${each.connection}: ${steps} [${each.outcome}]`;
}
