import { ByteWriter } from '../protocol/bytes.js';
import { matchesGlob } from '../protocol/glob.js';
import type { Int64 } from '../protocol/int64.js';
import { ReplyWriter } from '../protocol/reply.js';
import { copyInPages } from '../transport/pages.js';
import type { PageWatcher, SequenceSlab } from './sequence-slab.js';

/** Of the reply, what one piece carries. */
const PIECE_BYTES = 65536;
/** Empty pages count like so many names. */
const PAGE_COST = 4;

/**
 * The names of one table that match a pattern, as they were when the listing began (KEYS), found page by page.
 *
 * Invariant: before a record of a page comes or goes, the page has been visited (`before`).
 */
export class KeyListing implements PageWatcher {
  readonly #slab: SequenceSlab;
  readonly #pattern: Buffer;
  readonly #nowMs: number;
  readonly #onOver: (deadline: Int64) => void;
  readonly #pages: number;
  readonly #isVisited: Uint8Array;
  readonly #pieces: Buffer[] = [];
  readonly #body = new ByteWriter(2 * PIECE_BYTES);
  readonly #writer = new ReplyWriter(this.#body);
  #next = 0;
  #count = 0;
  #seen = 0;

  /** `onOver` is told of each sequence that is left out because its time had come. */
  constructor(
    slab: SequenceSlab,
    pattern: Buffer,
    nowMs: number,
    onOver: (deadline: Int64) => void,
  ) {
    this.#slab = slab;
    this.#pattern = pattern;
    this.#nowMs = nowMs;
    this.#onOver = onOver;
    this.#pages = slab.usedPages;
    this.#isVisited = new Uint8Array(this.#pages);
    slab.watch(this);
  }

  before(page: number): void {
    if (page < this.#pages && this.#isVisited[page] === 0) this.#visit(page);
  }

  /** Visits the pages of about so many names; whether it has seen all. */
  step(names: number): boolean {
    this.#seen = 0;
    while (this.#next < this.#pages && this.#seen < names) {
      if (this.#isVisited[this.#next] === 0) this.#visit(this.#next);
      this.#next++;
    }
    if (this.#next < this.#pages) return false;
    this.#slab.unwatch(this);
    return true;
  }

  /** Nobody wants it any more. */
  abandon(): void {
    this.#slab.unwatch(this);
  }

  /** The reply, in pieces, once every page was visited. */
  *reply(): Generator<Buffer> {
    const head = new ByteWriter(32);
    new ReplyWriter(head).array(this.#count);
    const [first, ...more] = [...this.#pieces, this.#body.view()];
    // A short one is a single piece.
    yield Buffer.concat([head.view(), first as Buffer]);
    yield* more;
  }

  #visit(page: number): void {
    this.#isVisited[page] = 1;
    this.#seen += PAGE_COST;
    const slab = this.#slab;
    slab.visitPage(page, (ref) => {
      this.#seen++;
      const deadline = slab.deadline(ref);
      if (deadline !== 0 && deadline <= this.#nowMs) {
        this.#onOver(deadline);
        return;
      }
      const bytes = slab.nameBytes(ref);
      const start = slab.nameStart(ref);
      const end = start + slab.nameLength(ref);
      if (!matchesGlob(this.#pattern, bytes, start, end)) return;
      this.#writer.bulk(bytes, start, end);
      this.#count++;
    });
    if (this.#body.length < PIECE_BYTES) return;
    this.#pieces.push(copyInPages(this.#body.view()));
    this.#body.reset();
  }
}
