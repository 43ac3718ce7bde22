import { fromWords, highWord, type Int64, lowWord } from '../protocol/int64.js';

/**
 * The records of one database's sequences, in chunks of 1 MB outside V8's heap. A record is named by its ref: its
 * position in words of 4 bytes over all chunks. It never moves, so an iteration by position sees each exactly once.
 *
 *     word 0       1        2             3              4                                5 …
 *     ┌───────────┬────────┬─────────────┬──────────────┬───────┬───────┬──────────────┬──────┐
 *     │ value low │ high   │ reserved    │ reserved at  │ shift │ flags │ name length  │ name │
 *     │ u32       │ i32    │ u32         │ u32 (10 ms)  │ u8    │ u8    │ u16          │      │
 *     └───────────┴────────┴─────────────┴──────────────┴───────┴───────┴──────────────┴──────┘
 *
 * `reserved` counts the numbers between the value and the ceiling. A gauge has none: its words 2 and 3 hold its deadline, in
 * milliseconds, which counts while the flag `expires` is set. A name of 65,535 bytes or more has its length as a
 * u32 before it. A free record keeps its length, and its word 0 is the ref of the next free one of the same size.
 */
export const CHUNK_WORDS = 1 << 18;
const CHUNK_SHIFT = 18;
const CHUNK_MASK = CHUNK_WORDS - 1;

/** A page is what one step of an iteration visits whole: about 20 records. */
const PAGE_SHIFT = 8;
export const PAGES_PER_CHUNK = CHUNK_WORDS >>> PAGE_SHIFT;
const NO_RECORD = 0xffffffff;

const LOW = 0;
const HIGH = 1;
const RESERVED = 2;
const RESERVED_AT = 3;
const HEAD = 4;
const HEAD_WORDS = 5;

const LONG_NAME = 0xffff;

export const SequenceFlag = { gauge: 1, pending: 2, held: 4, expires: 8, free: 128 } as const;

const TWO_32 = 4294967296;

/** Is told of a page before a record that starts in it comes or goes. */
export interface PageWatcher {
  before(page: number): void;
}
/** 2026: sums of deadlines from here on are exact for longer. */
const DEADLINE_BASE = 1_767_225_600_000;

export class SequenceSlab {
  /** One view of each chunk per way of access. A chunk that a huge name fills takes the places of several. */
  readonly #words: Uint32Array[] = [];
  readonly #bytes: Buffer[] = [];
  /** Word of the first record that starts in each page of a chunk. */
  readonly #pages: Uint32Array[] = [];
  /** Words in use of each chunk. */
  readonly #used: number[] = [];
  /** Live records of each chunk. */
  readonly #live: number[] = [];
  readonly #free = new Map<number, number>();
  #records = 0;
  #liveWords = 0;
  #expiring = 0;
  /** Undefined while nobody watches: then a record's coming and going costs one test. */
  #watchers: PageWatcher[] | undefined;
  /** Of the deadlines there are, from an instant that keeps the numbers small. */
  #deadlineSum = 0;

  watch(watcher: PageWatcher): void {
    this.#watchers = [...(this.#watchers ?? []), watcher];
  }

  unwatch(watcher: PageWatcher): void {
    const rest = this.#watchers?.filter((each) => each !== watcher) ?? [];
    this.#watchers = rest.length === 0 ? undefined : rest;
  }

  #tell(chunk: number, at: number): void {
    const page = chunk * PAGES_PER_CHUNK + pageOf(at);
    for (const watcher of this.#watchers ?? []) watcher.before(page);
  }

  /** A record with this name and zeros elsewhere; its ref. */
  allocate(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const size = recordWords(length);
    const ref = this.#reuse(size) ?? this.#append(size);
    const chunk = ref >>> CHUNK_SHIFT;
    const at = ref & CHUNK_MASK;
    const words = this.#words[chunk] as Uint32Array;
    words.fill(0, at, at + HEAD);
    let target = (at + HEAD_WORDS) * 4;
    if (length < LONG_NAME) words[at + HEAD] = length << 16;
    else {
      words[at + HEAD] = LONG_NAME << 16;
      words[at + HEAD_WORDS] = length;
      target += 4;
    }
    const into = this.#bytes[chunk] as Buffer;
    for (let i = start; i < end; i++) into[target++] = bytes[i] as number;
    this.#records++;
    this.#liveWords += size;
    this.#live[chunk] = (this.#live[chunk] as number) + 1;
    return ref;
  }

  release(ref: number): void {
    if (this.#watchers !== undefined) this.#tell(ref >>> CHUNK_SHIFT, ref & CHUNK_MASK);
    this.#uncountDeadline(ref);
    const size = this.sizeOf(ref);
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    words[at + LOW] = this.#free.get(size) ?? 0;
    words[at + HEAD] = ((words[at + HEAD] as number) & 0xffff0000) | (SequenceFlag.free << 8);
    this.#free.set(size, ref);
    this.#records--;
    this.#liveWords -= size;
    const chunk = ref >>> CHUNK_SHIFT;
    this.#live[chunk] = (this.#live[chunk] as number) - 1;
  }

  get records(): number {
    return this.#records;
  }

  /** Bytes of the records that are in use. */
  get liveBytes(): number {
    return this.#liveWords * 4;
  }

  /** Bytes of memory taken. */
  get bytes(): number {
    return this.#used.length * (CHUNK_WORDS * 4 + PAGES_PER_CHUNK * 4);
  }

  /** The value when it is a safe integer, NaN when it is beyond: then the words tell. */
  safeValue(ref: number): number {
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    const value = ((words[at + HIGH] as number) | 0) * TWO_32 + (words[at + LOW] as number);
    return value >= -9007199254740991 && value <= 9007199254740991 ? value : Number.NaN;
  }

  lowWord(ref: number): number {
    return this.#wordsOf(ref)[(ref & CHUNK_MASK) + LOW] as number;
  }

  highWord(ref: number): number {
    return (this.#wordsOf(ref)[(ref & CHUNK_MASK) + HIGH] as number) | 0;
  }

  setWords(ref: number, low: number, high: number): void {
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    words[at + LOW] = low;
    words[at + HIGH] = high;
  }

  reserved(ref: number): number {
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    return isGauge(words, at) ? 0 : (words[at + RESERVED] as number);
  }

  /** A gauge's is always 0. */
  setReserved(ref: number, count: number): void {
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    if (!isGauge(words, at)) words[at + RESERVED] = count;
  }

  /** Of a gauge: when it is to be removed, in milliseconds since 1970; 0 for never. */
  deadline(ref: number): Int64 {
    return this.hasFlag(ref, SequenceFlag.expires) ? this.lastDeadline(ref) : 0;
  }

  /** The deadline that it has or had last, 0 when it never had one. */
  lastDeadline(ref: number): Int64 {
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    if (!isGauge(words, at)) return 0;
    return fromWords(words[at + RESERVED] as number, (words[at + RESERVED_AT] as number) | 0);
  }

  /** Makes it a gauge, without anything reserved, or a plain sequence, without a deadline. */
  setGauge(ref: number, is: boolean): void {
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    if (isGauge(words, at) === is) return;
    if (!is) this.setDeadline(ref, 0);
    this.setFlag(ref, SequenceFlag.gauge, is);
    words[at + RESERVED] = 0;
    words[at + RESERVED_AT] = 0;
  }

  /** Of a gauge; 0 means never. */
  setDeadline(ref: number, deadline: Int64): void {
    this.#uncountDeadline(ref);
    this.setFlag(ref, SequenceFlag.expires, deadline !== 0);
    if (deadline === 0) return;
    this.#expiring++;
    this.#deadlineSum += Number(deadline) - DEADLINE_BASE;
    const words = this.#wordsOf(ref);
    const at = ref & CHUNK_MASK;
    words[at + RESERVED] = lowWord(deadline);
    words[at + RESERVED_AT] = highWord(deadline);
  }

  /** How many have a deadline. */
  get expiring(): number {
    return this.#expiring;
  }

  /** When they expire on the average, in milliseconds since 1970; about, since the sum of them is a double. */
  get averageDeadline(): number {
    return DEADLINE_BASE + this.#deadlineSum / Math.max(1, this.#expiring);
  }

  #uncountDeadline(ref: number): void {
    if (!this.hasFlag(ref, SequenceFlag.expires)) return;
    this.#expiring--;
    this.#deadlineSum -= Number(this.lastDeadline(ref)) - DEADLINE_BASE;
    if (this.#expiring === 0) this.#deadlineSum = 0;
  }

  /** When the last block was reserved, in ticks of 10 ms of the allocator's clock. */
  reservedAt(ref: number): number {
    return this.#wordsOf(ref)[(ref & CHUNK_MASK) + RESERVED_AT] as number;
  }

  setReservedAt(ref: number, tick: number): void {
    this.#wordsOf(ref)[(ref & CHUNK_MASK) + RESERVED_AT] = tick;
  }

  /** The block is `reserve-block` × 2^shift. */
  blockShift(ref: number): number {
    return (this.#wordsOf(ref)[(ref & CHUNK_MASK) + HEAD] as number) & 0xff;
  }

  setBlockShift(ref: number, shift: number): void {
    const words = this.#wordsOf(ref);
    const at = (ref & CHUNK_MASK) + HEAD;
    words[at] = ((words[at] as number) & ~0xff) | shift;
  }

  hasFlag(ref: number, flag: number): boolean {
    const head = this.#wordsOf(ref)[(ref & CHUNK_MASK) + HEAD] as number;
    return ((head >>> 8) & flag) !== 0;
  }

  setFlag(ref: number, flag: number, on: boolean): void {
    const words = this.#wordsOf(ref);
    const at = (ref & CHUNK_MASK) + HEAD;
    const head = words[at] as number;
    words[at] = on ? head | (flag << 8) : head & ~(flag << 8);
  }

  /** The buffer that holds the name, which is `[nameStart, nameEnd)` in it; valid while the record lives. */
  nameBytes(ref: number): Buffer {
    return this.#bytes[ref >>> CHUNK_SHIFT] as Buffer;
  }

  nameStart(ref: number): number {
    const start = ((ref & CHUNK_MASK) + HEAD_WORDS) * 4;
    return this.#shortLength(ref) === LONG_NAME ? start + 4 : start;
  }

  nameEnd(ref: number): number {
    return this.nameStart(ref) + this.nameLength(ref);
  }

  nameLength(ref: number): number {
    const length = this.#shortLength(ref);
    if (length !== LONG_NAME) return length;
    return this.#wordsOf(ref)[(ref & CHUNK_MASK) + HEAD_WORDS] as number;
  }

  isNamed(ref: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.nameLength(ref) !== end - start) return false;
    const own = this.nameBytes(ref);
    let at = this.nameStart(ref);
    for (let i = start; i < end; i++) if (own[at++] !== bytes[i]) return false;
    return true;
  }

  /** Pages there are; a page number below it is a place to iterate from. */
  get pages(): number {
    return this.#words.length * PAGES_PER_CHUNK;
  }

  /** The chunk that record number `index` is in, when they are counted chunk by chunk; there are more records than that. */
  chunkOf(index: number): number {
    let chunk = 0;
    for (let left = index; left >= (this.#live[chunk] as number); chunk++) {
      left -= this.#live[chunk] as number;
    }
    return chunk;
  }

  /** Pages that have ever had a record: the others come behind them. */
  get usedPages(): number {
    const last = this.#words.length - 1;
    return last < 0 ? 0 : last * PAGES_PER_CHUNK + this.usedPagesOf(last);
  }

  usedPagesOf(chunk: number): number {
    return pageOf((this.#used[chunk] as number) - 1) + 1;
  }

  /** Visits the live records that start in a page, in order. The visitor may not allocate or release. */
  visitPage(page: number, visit: (ref: number) => void): void {
    const chunk = (page / PAGES_PER_CHUNK) | 0;
    const inChunk = page % PAGES_PER_CHUNK;
    let at = (this.#pages[chunk] as Uint32Array)[inChunk] as number;
    if (at === NO_RECORD) return;
    const end = Math.min((inChunk + 1) << PAGE_SHIFT, this.#used[chunk] as number);
    const base = chunk * CHUNK_WORDS;
    while (at < end) {
      const ref = base + at;
      if (!this.hasFlag(ref, SequenceFlag.free)) visit(ref);
      at += this.sizeOf(ref);
    }
  }

  /** Words that a record takes. */
  sizeOf(ref: number): number {
    return recordWords(this.nameLength(ref));
  }

  #shortLength(ref: number): number {
    return (this.#wordsOf(ref)[(ref & CHUNK_MASK) + HEAD] as number) >>> 16;
  }

  #wordsOf(ref: number): Uint32Array {
    return this.#words[ref >>> CHUNK_SHIFT] as Uint32Array;
  }

  #reuse(size: number): number | undefined {
    const ref = this.#free.get(size);
    if (ref === undefined) return undefined;
    if (this.#watchers !== undefined) this.#tell(ref >>> CHUNK_SHIFT, ref & CHUNK_MASK);
    const next = this.lowWord(ref);
    if (next === 0) this.#free.delete(size);
    else this.#free.set(size, next);
    return ref;
  }

  #append(size: number): number {
    let chunk = this.#words.length - 1;
    if (chunk < 0 || (this.#used[chunk] as number) + size > CHUNK_WORDS) chunk = this.#grow(size);
    const at = this.#used[chunk] as number;
    if (this.#watchers !== undefined) this.#tell(chunk, at);
    this.#used[chunk] = at + size;
    const pages = this.#pages[chunk] as Uint32Array;
    const page = pageOf(at);
    if (pages[page] === NO_RECORD) pages[page] = at;
    return chunk * CHUNK_WORDS + at;
  }

  /** Adds a chunk with room for `size` words; its number. */
  #grow(size: number): number {
    const chunk = this.#words.length;
    // Ref 0 means "none", so the first record of all starts one word in.
    const skip = chunk === 0 ? 1 : 0;
    const places = Math.ceil((size + skip) / CHUNK_WORDS);
    const memory = Buffer.allocUnsafeSlow(places * CHUNK_WORDS * 4);
    const words = new Uint32Array(memory.buffer);
    for (let place = 0; place < places; place++) {
      this.#words.push(words);
      this.#bytes.push(memory);
      this.#pages.push(new Uint32Array(PAGES_PER_CHUNK).fill(NO_RECORD));
      this.#used.push(place === 0 ? skip : CHUNK_WORDS);
      this.#live.push(0);
    }
    return chunk;
  }
}

/** The page of a chunk in which a record that starts there is; what starts behind a chunk's end belongs to a huge one's last page. */
function pageOf(at: number): number {
  return Math.min(at >>> PAGE_SHIFT, PAGES_PER_CHUNK - 1);
}

function isGauge(words: Uint32Array, at: number): boolean {
  return (((words[at + HEAD] as number) >>> 8) & SequenceFlag.gauge) !== 0;
}

function recordWords(nameLength: number): number {
  return HEAD_WORDS + ((nameLength + 3) >>> 2) + (nameLength >= LONG_NAME ? 1 : 0);
}
