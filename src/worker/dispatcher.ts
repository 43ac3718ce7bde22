import type { Command, Take } from '../commands/command.js';
import { resolve } from '../commands/table.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import type { Combiner, Entry } from './combiner.js';
import type { Connection } from './connection.js';
import type { Statistics } from './statistics.js';

const MINUS = 45;
/** Redis's words, by which clients know that they should try again. */
const LOADING = 'LOADING Redis is loading the dataset in memory';
const NOT_AUTHENTICATED = 'NOAUTH Authentication required.';

/** Sends each request where it runs, and leaves a place for its reply in the connection's queue. */
export class Dispatcher {
  readonly #combiner: Combiner;
  readonly #statistics: Statistics;
  readonly #reply = new ReplyWriter(new ByteWriter(0));
  readonly #take: Take = { amount: 0, inUnits: false, form: 'integer' };

  constructor(combiner: Combiner, statistics: Statistics) {
    this.#combiner = combiner;
    this.#statistics = statistics;
  }

  dispatch(connection: Connection, request: Request): void {
    const command = resolve(request);
    if (typeof command === 'string') {
      if (command === '') connection.destroy();
      else this.#refuse(connection, command);
      return;
    }
    if (!connection.isAuthenticated && !command.flags.includes('no_auth')) {
      this.#statistics.rejected(command.index, NOT_AUTHENTICATED);
      connection.replies.immediate(connection).latin1(`-${NOT_AUTHENTICATED}\r\n`);
      return;
    }
    if (connection.server.isLoading && !command.flags.includes('loading')) {
      this.#statistics.rejected(command.index, LOADING);
      connection.replies.immediate(connection).latin1(`-${LOADING}\r\n`);
      return;
    }
    connection.lastCommand = command.name;
    this.#statistics.called(command.index);
    if (command.runs === 'take') this.#dispatchTake(connection, request, command);
    else if (command.runs === 'worker') this.#execute(connection, request, command);
    else this.#forward(connection, request, command);
  }

  #dispatchTake(
    connection: Connection,
    request: Request,
    command: Command & { runs: 'take' },
  ): void {
    const take = this.#take;
    const error = command.take(request, take);
    if (error !== undefined) {
      this.#statistics.failed(command.index, 1, error);
      connection.replies.immediate(connection).latin1(`-${error}\r\n`);
      return;
    }
    const { starts, ends, bytes } = request;
    const entry = this.#combiner.take(
      connection.database,
      take.amount,
      take.inUnits,
      bytes,
      starts[1] as number,
      ends[1] as number,
    );
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
    awaited.command = command.index;
    wait(entry, awaited);
  }

  #execute(connection: Connection, request: Request, command: Command & { runs: 'worker' }): void {
    const out = connection.replies.immediate(connection);
    const at = out.length;
    const reply = this.#reply;
    reply.out = out;
    reply.protocol = connection.protocol;
    command.execute(connection, request, reply);
    if (out.bytes[at] === MINUS) {
      this.#statistics.failed(command.index, 1, errorText(out.bytes, at, out.length));
    }
  }

  #forward(connection: Connection, request: Request, command: Command): void {
    const { bytes, count, starts, ends } = request;
    const [first, last] = command.keys;
    const entry = this.#combiner.command(
      connection.database,
      connection.protocol,
      command.index,
      bytes,
      count,
      starts,
      ends,
      first === 1 && last === 1,
    );
    const cost = (ends[count - 1] as number) - (starts[0] as number);
    const awaited = connection.replies.push(connection, 1, cost);
    awaited.command = command.index;
    wait(entry, awaited);
  }

  /** A request that names no command. */
  #refuse(connection: Connection, text: string): void {
    this.#statistics.error(text, 1);
    const reply = this.#reply;
    reply.out = connection.replies.immediate(connection);
    reply.error(text);
  }
}

type Place = ReturnType<Connection['replies']['push']>;

function wait(entry: Entry, awaited: Place): void {
  awaited.entry = entry;
  entry.wait(awaited);
}

/** The text of an error reply that starts at `at`, for the statistics. */
export function errorText(bytes: Buffer, at: number, end: number): string {
  return bytes.toString('latin1', at + 1, Math.min(end, at + 32));
}
