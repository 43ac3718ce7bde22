import type { Int64 } from '../protocol/int64.js';
import type { SequenceSlab } from './sequence-slab.js';

/** Deadlines are told apart to a tenth of a second; what is looked at is as exact as the clock. */
const BUCKET_MS = 100;
/** Beyond it deadlines need no order. */
const LAST_BUCKET = 2 ** 50;
const FIRST_ROOM = 8;
const CHUNK = 4096;
/** Buckets passed over in one call, so that a clock which jumps by years holds nobody up. */
const EMPTY_LIMIT = 20_000;
/** More of the queued that are out of date than these, and than live ones, are worth making the queue anew. */
const STALE_LIMIT = 1 << 20;

/** Refs in chunks, so that it grows without copying much. */
class Bucket {
  readonly #chunks: Uint32Array[] = [];
  #last: Uint32Array = new Uint32Array(FIRST_ROOM);
  #used = 0;

  push(ref: number): void {
    if (this.#used === this.#last.length) {
      if (this.#used < CHUNK) {
        const larger = new Uint32Array(this.#used * 2);
        larger.set(this.#last);
        this.#last = larger;
      } else {
        this.#chunks.push(this.#last);
        this.#last = new Uint32Array(CHUNK);
        this.#used = 0;
      }
    }
    this.#last[this.#used++] = ref;
  }

  pop(): number | undefined {
    if (this.#used === 0) {
      const chunk = this.#chunks.pop();
      if (chunk === undefined) return undefined;
      this.#last = chunk;
      this.#used = chunk.length;
    }
    return this.#last[--this.#used];
  }
}

/**
 * The sequences of one table that have a deadline, in the order of it.
 *
 * Invariant: a sequence stands in a bucket that is not later than that of the deadline which it has or had last, unless that has passed. It may
 * stand in others, too; what stands in a bucket may have another deadline by now, or none, or be another sequence.
 */
export class Deadlines {
  readonly #slab: SequenceSlab;
  readonly #buckets = new Map<number, Bucket>();
  #next = 0;
  #queued = 0;
  /** The queue is being made anew from this page on. */
  #page = -1;

  constructor(slab: SequenceSlab) {
    this.#slab = slab;
  }

  get isEmpty(): boolean {
    return this.#buckets.size === 0;
  }

  /** The sequence has got this deadline, in milliseconds; `last` is the one it had last, 0 if never any. */
  add(ref: number, deadline: Int64, last: Int64): void {
    const bucket = bucketOf(deadline);
    // It stands in an earlier one, and moves on when that is due.
    if (last !== 0 && bucketOf(last) >= this.#next && bucketOf(last) <= bucket) return;
    this.#push(ref, bucket);
  }

  /** Whether something may be due at this time that `due` has not handed out. */
  hasDue(nowMs: number): boolean {
    const end = Math.floor(nowMs / BUCKET_MS);
    if (end - this.#next > this.#buckets.size) this.#skipTo(end);
    while (this.#next < end && !this.#buckets.has(this.#next)) this.#next++;
    return this.#next < end;
  }

  /** Hands out up to `limit` sequences that are due; whether there may be more. They are no longer in here. */
  due(nowMs: number, limit: number, expire: (ref: number) => void): boolean {
    const end = Math.floor(nowMs / BUCKET_MS);
    let left = limit;
    if (end - this.#next > this.#buckets.size) this.#skipTo(end);
    for (let passed = 0; this.#next < end; passed++) {
      if (passed > EMPTY_LIMIT || left <= 0) return true;
      const bucket = this.#buckets.get(this.#next);
      if (bucket === undefined) {
        this.#next++;
        continue;
      }
      let ref = bucket.pop();
      for (; ref !== undefined; ref = left > 0 ? bucket.pop() : undefined) {
        this.#queued--;
        left--;
        this.#visit(ref, nowMs, expire);
      }
      if (left > 0) {
        this.#buckets.delete(this.#next);
        this.#next++;
      }
    }
    return false;
  }

  /** Goes on to the first bucket, where walking there would take longer than looking for it. */
  #skipTo(end: number): void {
    let first = end;
    for (const bucket of this.#buckets.keys()) if (bucket < first) first = bucket;
    this.#next = Math.max(this.#next, first);
  }

  #visit(ref: number, nowMs: number, expire: (ref: number) => void): void {
    const deadline = this.#slab.deadline(ref);
    if (deadline !== 0 && deadline <= nowMs) expire(ref);
    else this.#queueAgain(ref, nowMs);
  }

  #queueAgain(ref: number, nowMs: number): void {
    const last = this.#slab.lastDeadline(ref);
    if (last > nowMs) this.#push(ref, bucketOf(last));
  }

  #push(ref: number, number: number): void {
    const at = Math.max(number, this.#next);
    let bucket = this.#buckets.get(at);
    if (bucket === undefined) {
      bucket = new Bucket();
      this.#buckets.set(at, bucket);
    }
    bucket.push(ref);
    this.#queued++;
  }

  /**
   * Makes the queue anew, bit by bit, when most of what stands in it is out of date: whoever sets and removes the same sequence
   * again and again would fill the memory.
   */
  tidy(nowMs: number, pages: number): void {
    if (this.#page < 0) {
      const stale = this.#queued - this.#slab.expiring;
      if (stale < STALE_LIMIT || stale < this.#slab.expiring) return;
      this.#page = 0;
      this.#buckets.clear();
      this.#queued = 0;
    }
    const end = Math.min(this.#page + pages, this.#slab.pages);
    while (this.#page < end) {
      this.#slab.visitPage(this.#page++, (ref) => this.#queueAgain(ref, nowMs));
    }
    if (this.#page >= this.#slab.pages) this.#page = -1;
  }
}

/** The last bucket whose end is not behind the deadline's tenth of a second. */
function bucketOf(deadline: Int64): number {
  return Math.min(Math.max(0, Math.floor(Number(deadline) / BUCKET_MS)), LAST_BUCKET);
}
