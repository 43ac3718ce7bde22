import { type Arguments, MANY_ARGUMENTS, type MasterCommand } from '../commands/command.js';
import type { ByteWriter } from '../protocol/bytes.js';
import { type Piece, writePiece } from '../protocol/piece-message.js';
import { keepRequest } from './compose-request.js';

/** What one frame carries of such commands. */
const PIECE_ARGUMENTS = 1024;
const PIECE_BYTES = 32768;

interface Parcel extends Piece {
  next: number;
}

/** Commands with very many arguments on their way to the master: a piece goes with each frame, in the order in which they came. */
export class Parcels {
  /** From so many arguments on a command travels like this. */
  manyArguments = MANY_ARGUMENTS;
  pieceArguments = PIECE_ARGUMENTS;
  readonly #parcels: Parcel[] = [];
  /** Those of whose reply nothing has come, by tag: how many there were before each. */
  readonly #unanswered = new Map<number, number>();
  /** How many there have been. */
  count = 0;

  get isEmpty(): boolean {
    return this.#parcels.length === 0;
  }

  takes(command: MasterCommand, count: number): boolean {
    return count >= this.manyArguments && command.many !== undefined && command.many !== 'list';
  }

  /** Takes the request over, or keeps a copy of it. */
  add(tag: number, protocol: number, database: number, command: number, request: Arguments): void {
    this.#unanswered.set(tag, this.count++);
    this.#parcels.push({
      tag,
      protocol,
      database,
      command,
      request: request.takeOver?.() ?? keepRequest(request),
      next: 0,
    });
  }

  /** Something of the reply to this tag has come. */
  answered(tag: number): void {
    if (this.#unanswered.size > 0) this.#unanswered.delete(tag);
  }

  /** Of so many, the first ones, something of each reply has come: they were executed. */
  areAnswered(count: number): boolean {
    return this.#unanswered.size === 0 || Math.min(...this.#unanswered.values()) >= count;
  }

  /** Writes the next piece into a frame; there must be one. */
  writeNext(out: ByteWriter): void {
    const parcel = this.#parcels[0] as Parcel;
    const { count, ends, starts } = parcel.request;
    const first = parcel.next;
    const limit = Math.min(count, first + this.pieceArguments);
    let end = first + 1;
    while (end < limit && (ends[end] as number) - (starts[first] as number) <= PIECE_BYTES) end++;
    writePiece(out, parcel, first, end);
    parcel.next = end;
    if (end === count) this.#parcels.shift();
  }
}
