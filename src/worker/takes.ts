import type { Arguments, Take, TakeForm } from '../commands/command.js';
import { writeTakes } from '../commands/take-reply.js';
import type { Combiner, Entry } from './combiner.js';
import type { Connection } from './connection.js';
import type { Hold, Holds } from './holds.js';
import type { Statistics } from './statistics.js';

/** Consecutive takes of one connection from a hold: numbers are given already, their replies not written. */
class ServedRun {
  connection: Connection | undefined;
  hold: Hold | undefined;
  form: TakeForm = 'integer';
  /** The value after the first take, and what each adds. */
  first = 0;
  amount = 0;
  count = 0;
}

/** Serves takes from what is lent to this worker, and sends the others to the master. */
export class Takes {
  readonly #combiner: Combiner;
  readonly #holds: Holds;
  readonly #statistics: Statistics;
  readonly #served = new ServedRun();

  constructor(combiner: Combiner, holds: Holds, statistics: Statistics) {
    this.#combiner = combiner;
    this.#holds = holds;
    this.#statistics = statistics;
  }

  /** Takes from the sequence that is argument 1; `command` is its index. */
  run(connection: Connection, request: Arguments, take: Take, command: number): void {
    const { starts, ends, bytes } = request;
    const start = starts[1] as number;
    const end = ends[1] as number;
    const { database } = connection;
    const hold = this.#holds.find(database, bytes, start, end);
    if (hold !== undefined) {
      const isTaken = hold.isReady
        ? this.#serve(connection, hold, take)
        : this.#wait(connection, hold, take, command);
      if (isTaken) return;
      this.#holds.release(hold);
    }
    this.settle();
    if (!connection.replies.isEmpty) this.#holds.releaseWaiting();
    const entry = this.#combiner.take(database, take.amount, take.inUnits, bytes, start, end);
    this.#await(connection, entry, take, command);
  }

  /** Takes from a hold, if it has as much and the connection has nothing at the master. */
  #serve(connection: Connection, hold: Hold, take: Take): boolean {
    const { amount, form } = take;
    if (typeof amount !== 'number' || amount <= 0 || amount > hold.left) return false;
    if (!connection.replies.isEmpty) return false;
    const served = this.#served;
    const isSame = served.hold === hold && served.amount === amount && served.form === form;
    if (!isSame || served.count === 0) {
      this.settle();
      served.connection = connection;
      served.hold = hold;
      served.form = form;
      served.amount = amount;
      served.first = hold.value + amount;
    }
    served.count++;
    this.#statistics.takesFromHolds++;
    this.#holds.take(hold, amount);
    return true;
  }

  /** Waits for a hold to become ready. */
  #wait(connection: Connection, hold: Hold, take: Take, command: number): boolean {
    const { amount, inUnits } = take;
    if (typeof amount !== 'number' || amount <= 0) return false;
    this.settle();
    const entry = this.#holds.waitingEntry(hold, amount, inUnits, connection.replies.last);
    if (entry === undefined) return false;
    this.#await(connection, entry, take, command);
    return true;
  }

  /** Leaves a place for a take that waits for `entry`. */
  #await(connection: Connection, entry: Entry, take: Take, command: number): void {
    const last = connection.replies.last;
    if (
      last !== undefined &&
      last.state === 'waiting' &&
      last.entry === entry &&
      last.form === take.form
    ) {
      last.count++;
      return;
    }
    const awaited = connection.replies.push(connection, 1, 0);
    awaited.form = take.form;
    awaited.span = take.amount;
    awaited.command = command;
    entry.wait(awaited);
  }

  /** Writes the replies of the takes that were served from a hold. */
  settle(): void {
    const served = this.#served;
    if (served.count === 0) return;
    const out = (served.connection as Connection).output();
    writeTakes(out, served.form, served.first, served.amount, served.count, served.amount);
    served.count = 0;
    served.connection = undefined;
    served.hold = undefined;
  }
}
