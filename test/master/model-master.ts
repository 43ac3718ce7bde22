import type { ExecutionContext } from 'ava';
import { CommandError } from '#dist/commands/command.js';
import { Allocator, Grant } from '#dist/master/allocator.js';
import type { BlockSettings } from '#dist/master/block-policy.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { SequenceFlag } from '#dist/master/sequence-slab.js';
import { Sequences } from '#dist/master/sequences.js';
import { ALL_DATABASES, ENTRY_GAUGE, readEntries } from '#dist/protocol/entry.js';
import { fromBigInt, INT64_MAX, INT64_MIN } from '#dist/protocol/int64.js';

export const DATABASES = 2;
export const NAMES = ['a', 'b', 'c'];

/** A sequence between two exact changes. What recovery finds is one of these; plain ones only ever go up. */
interface Epoch {
  readonly lsn: number;
  readonly kind: 'absent' | 'plain' | 'gauge';
  value: bigint;
  /** The highest value that a client has seen, and whether it has seen anything of this epoch. */
  highest: bigint;
  isShown: boolean;
}

interface Promised {
  readonly lsn: number;
  readonly key: string;
  readonly epoch: Epoch;
  readonly value: bigint;
}

interface OnDisk {
  readonly ceiling: bigint;
  readonly isGauge: boolean;
}

/** What a batch does to a plain picture of the disk. */
export function replay(disk: Map<string, OnDisk>, bytes: Buffer): void {
  readEntries(bytes, 0, bytes.length, {
    state: (database, flags, ceiling, from, start, end) => {
      const key = `${database}/${from.toString('latin1', start, end)}`;
      disk.set(key, { ceiling: BigInt(ceiling), isGauge: (flags & ENTRY_GAUGE) !== 0 });
    },
    remove: (database, from, start, end) => {
      disk.delete(`${database}/${from.toString('latin1', start, end)}`);
    },
    flush: (database) => {
      for (const key of [...disk.keys()]) {
        if (database === ALL_DATABASES || key.startsWith(`${database}/`)) disk.delete(key);
      }
    },
  });
}

/** The master's parts beside a plain model of what clients have seen and what the disk holds. */
export class ModelMaster {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, DATABASES);
  readonly allocator: Allocator;
  readonly disk = new Map<string, OnDisk>();
  tick = 1;
  readonly #t: ExecutionContext;
  readonly #epochs = new Map<string, Epoch[]>();
  #sent: { lsn: number; bytes: Buffer }[] = [];
  #promised: Promised[] = [];
  #durableLsn = 0;
  /** Batches that failed: any first part of them may be on the disk until the state is rewritten. */
  #doubtful: Buffer[] = [];
  /** The highest number that was taken and shown since they failed, by key. */
  readonly #shownInDoubt = new Map<string, bigint>();
  readonly #grant = new Grant();

  constructor(t: ExecutionContext, settings: BlockSettings) {
    this.#t = t;
    this.allocator = new Allocator(this.sequences, settings, () => this.tick);
    this.log.attach({
      send: (request) => {
        if (request.type === 'append')
          this.#sent.push({ lsn: request.lsn, bytes: Buffer.from(request.bytes) });
      },
    });
  }

  take(database: number, name: string, amount: bigint, count: number): void {
    const t = this.#t;
    const key = `${database}/${name}`;
    const now = this.#current(key);
    const old = now.kind === 'absent' ? 0n : now.value;
    const bytes = Buffer.from(name, 'latin1');
    const grant = this.#grant;
    const table = this.sequences.table(database);
    const lsn = this.log.openLsn;
    const ref = table.find(bytes, 0, bytes.length);
    this.allocator.take(table, ref, bytes, 0, bytes.length, fromBigInt(amount), count, grant);
    const fitting = fits(old, amount, count);
    const needsDisk = amount < 0n || now.kind !== 'plain';
    if (this.log.failure === '') t.is(grant.granted, fitting);
    else {
      t.true(grant.granted <= fitting);
      if (needsDisk && !(amount === 0n && now.kind !== 'absent')) t.is(grant.granted, 0);
      if (grant.granted < fitting) t.regex(grant.refusal, /^MISCONF /);
    }
    t.is(grant.refusal === '', grant.granted === count);
    if (grant.granted === 0) return;
    t.is(BigInt(grant.first), old + amount);
    t.is(BigInt(grant.step), amount);
    const last = old + amount * BigInt(grant.granted);
    let epoch = now;
    if (amount < 0n || now.kind === 'gauge') {
      if (amount !== 0n) epoch = this.#begin(key, lsn, 'gauge', last);
    } else if (now.kind === 'absent') epoch = this.#begin(key, lsn, 'plain', last);
    epoch.value = last;
    const due = grant.lsn <= this.log.settledLsn ? grant.granted : grant.durable;
    t.true(Number.isInteger(due) && due >= 0 && due <= grant.granted);
    if (due > 0) {
      const highest = old + amount * BigInt(due);
      this.#show(epoch, highest);
      if (this.log.failure !== '' && amount > 0n) this.#shownInDoubt.set(key, highest);
    }
    if (due < grant.granted) {
      t.true(grant.lsn > this.log.settledLsn && grant.lsn <= this.log.openLsn);
      this.#promised.push({ lsn: grant.lsn, key, epoch, value: last });
    }
  }

  read(database: number, name: string): void {
    const key = `${database}/${name}`;
    const table = this.sequences.table(database);
    const ref = this.#find(database, name);
    const epoch = this.#current(key);
    this.#t.is(ref === 0, epoch.kind === 'absent');
    if (ref !== 0) this.#t.is(BigInt(table.value(ref)), epoch.value);
    const lsn = this.sequences.waitLsn(table, ref);
    if (lsn <= this.log.settledLsn) this.#show(epoch, epoch.value);
    else this.#promised.push({ lsn, key, epoch, value: epoch.value });
  }

  write(database: number, name: string, value: bigint): void {
    const bytes = Buffer.from(name, 'latin1');
    const ref = this.#find(database, name);
    const table = this.sequences.table(database);
    const lsn = this.log.openLsn;
    const now = this.#current(`${database}/${name}`);
    const done = this.#attempt(() =>
      this.sequences.write(table, ref, bytes, 0, bytes.length, fromBigInt(value), false),
    );
    if (!done) return;
    const isGauge = now.kind === 'gauge' || (now.kind === 'plain' && value < now.value);
    const epoch = this.#begin(`${database}/${name}`, lsn, isGauge ? 'gauge' : 'plain', value);
    this.#promised.push({ lsn, key: `${database}/${name}`, epoch, value });
  }

  remove(database: number, name: string): void {
    const ref = this.#find(database, name);
    if (ref === 0) return;
    const lsn = this.log.openLsn;
    if (!this.#attempt(() => this.sequences.remove(this.sequences.table(database), ref))) return;
    const key = `${database}/${name}`;
    this.#promised.push({ lsn, key, epoch: this.#begin(key, lsn, 'absent', 0n), value: 0n });
  }

  removeAll(database: number): void {
    const lsn = this.log.openLsn;
    const flushed = [...this.#epochs.keys()].filter(
      (key) =>
        (database === ALL_DATABASES || key.startsWith(`${database}/`)) &&
        this.#current(key).kind !== 'absent',
    );
    if (!this.#attempt(() => this.sequences.flush(database))) return;
    for (const key of flushed) {
      this.#promised.push({ lsn, key, epoch: this.#begin(key, lsn, 'absent', 0n), value: 0n });
    }
  }

  /** The writer says that the first `count` batches it has are durable. */
  confirm(count: number): void {
    const confirmed = this.#sent.splice(0, count);
    for (const { bytes } of confirmed) replay(this.disk, bytes);
    const lsn = confirmed.at(-1)?.lsn;
    if (lsn === undefined) return;
    this.#durableLsn = lsn;
    this.log.confirm(lsn);
    this.sequences.inFlight.confirm(lsn);
    const waiting: Promised[] = [];
    for (const promised of this.#promised) {
      if (promised.lsn <= lsn) this.#show(promised.epoch, promised.value);
      else waiting.push(promised);
    }
    this.#promised = waiting;
  }

  confirmAll(): void {
    this.log.flush();
    this.confirm(this.#sent.length);
    this.expectSettled();
  }

  /** In the keeper's order; what waited is refused, so nobody has seen it. */
  fail(): void {
    this.log.flush();
    this.#doubtful.push(...this.#sent.map(({ bytes }) => bytes));
    this.sequences.inFlight.takeBack();
    this.log.fail('disk full');
    this.#sent = [];
    this.#promised = [];
    for (const [key, epochs] of this.#epochs) {
      while ((epochs.at(-1)?.lsn ?? 0) > this.#durableLsn) epochs.pop();
      const epoch = this.#current(key);
      if (epoch.kind === 'plain') epoch.value = this.#value(key);
    }
    this.expectSettled();
  }

  /** The whole state is in a fresh file. */
  recover(): void {
    if (this.log.failure === '') return;
    this.disk.clear();
    for (const [key, state] of this.#state()) this.disk.set(key, state);
    this.#doubtful = [];
    this.#shownInDoubt.clear();
    this.sequences.recover();
    this.expectSettled();
  }

  /**
   * Nothing is in flight: the master's state is the disk's, and no trace of flight is left. After a failure, what is in doubt
   * has given up its block.
   */
  expectSettled(): void {
    const t = this.#t;
    const here = this.#state();
    if (this.log.failure !== '') {
      for (const [key, state] of here) {
        const found = this.disk.get(key);
        if (found !== undefined && !state.isGauge && state.ceiling < found.ceiling) {
          here.set(key, { ...state, ceiling: found.ceiling });
        }
      }
    }
    t.deepEqual([...here].sort(), [...this.disk].sort());
  }

  #state(): Map<string, OnDisk> {
    const t = this.#t;
    t.true(this.sequences.inFlight.isEmpty);
    t.true(this.log.isSettled);
    const here = new Map<string, OnDisk>();
    for (let database = 0; database < DATABASES; database++) {
      const table = this.sequences.table(database);
      t.is(table.pending.size, 0);
      for (let page = 0; page < table.slab.pages; page++) {
        table.slab.visitPage(page, (ref) => {
          t.false(table.slab.hasFlag(ref, SequenceFlag.pending));
          const from = table.slab.nameBytes(ref);
          const name = from.toString('latin1', table.slab.nameStart(ref), table.slab.nameEnd(ref));
          const ceiling = BigInt(table.value(ref)) + BigInt(table.slab.reserved(ref));
          const isGauge = table.slab.hasFlag(ref, SequenceFlag.gauge);
          here.set(`${database}/${name}`, { ceiling, isGauge });
        });
      }
    }
    return here;
  }

  /** Rule 1: were the master killed now, recovery would not fall behind what a client has seen. */
  expectSurvival(): void {
    const t = this.#t;
    const maybe = new Map(this.disk);
    for (const bytes of this.#doubtful) {
      replay(maybe, bytes);
      for (const [key, highest] of this.#shownInDoubt) {
        const ceiling = maybe.get(key)?.ceiling ?? INT64_MIN;
        t.true(ceiling >= highest, `${key} would repeat numbers up to ${highest}`);
      }
    }
    for (const [key, epochs] of this.#epochs) {
      const index = epochs.findLastIndex((epoch) => epoch.lsn <= this.#durableLsn);
      const recovered = epochs[index];
      const found = this.disk.get(key);
      const later = epochs.slice(index + 1);
      t.false(
        later.some((epoch) => epoch.isShown),
        `${key} was shown before it was durable`,
      );
      if (recovered === undefined || recovered.kind === 'absent') t.is(found, undefined);
      else if (recovered.kind === 'gauge')
        t.deepEqual(found, { ceiling: recovered.value, isGauge: true });
      else {
        t.false(found?.isGauge);
        if (recovered.isShown) t.true((found?.ceiling ?? INT64_MIN) >= recovered.highest, key);
      }
      const epoch = epochs.at(-1);
      if (epoch !== undefined && epoch.kind !== 'absent') t.is(this.#value(key), epoch.value);
    }
  }

  reserved(database: number, name: string): number {
    const ref = this.#find(database, name);
    return ref === 0 ? 0 : this.sequences.table(database).slab.reserved(ref);
  }

  get waiting(): number {
    return this.#promised.length;
  }

  #show(epoch: Epoch, value: bigint): void {
    if (!epoch.isShown || value > epoch.highest) epoch.highest = value;
    epoch.isShown = true;
  }

  #current(key: string): Epoch {
    let epochs = this.#epochs.get(key);
    if (epochs === undefined) {
      epochs = [];
      this.#epochs.set(key, epochs);
    }
    if (epochs.length === 0) {
      epochs.push({ lsn: 0, kind: 'absent', value: 0n, highest: 0n, isShown: false });
    }
    return epochs.at(-1) as Epoch;
  }

  #begin(key: string, lsn: number, kind: Epoch['kind'], value: bigint): Epoch {
    this.#current(key);
    const epoch = { lsn, kind, value, highest: 0n, isShown: false };
    this.#epochs.get(key)?.push(epoch);
    return epoch;
  }

  #value(key: string): bigint {
    const [database, name] = key.split('/') as [string, string];
    const table = this.sequences.table(Number(database));
    const ref = this.#find(Number(database), name);
    this.#t.not(ref, 0, `${key} is lost`);
    return BigInt(table.value(ref));
  }

  #find(database: number, name: string): number {
    const bytes = Buffer.from(name, 'latin1');
    return this.sequences.table(database).find(bytes, 0, bytes.length);
  }

  /** Whether the change was made; without a log it is refused, and then nothing has changed. */
  #attempt(change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#t.not(this.log.failure, '');
      return false;
    }
  }
}

function fits(value: bigint, amount: bigint, count: number): number {
  if (amount === 0n) return count;
  const room = amount > 0n ? INT64_MAX - value : value - INT64_MIN;
  const most = room / (amount > 0n ? amount : -amount);
  return most < BigInt(count) ? Number(most) : count;
}
