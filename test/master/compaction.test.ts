import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { Compaction } from '#dist/master/compaction.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { SequenceFlag } from '#dist/master/sequence-slab.js';
import { Sequences } from '#dist/master/sequences.js';
import { ALL_DATABASES } from '#dist/protocol/entry.js';
import { checkProperty } from '../check-property.js';
import { replay } from './model-master.js';

const DATABASES = 3;
const NAMES = 6000;

class Bench {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, DATABASES);
  readonly file = new Map<string, { ceiling: bigint; isGauge: boolean }>();
  slices = 0;
  isComplete = false;
  next: (() => void) | undefined;

  constructor() {
    for (let i = 0; i < NAMES; i++) this.set(i);
    this.log.flush();
    // From here on, appends go into the new file, as between baseBegin and baseEnd.
    this.log.attach({
      send: (request) => {
        if (request.type === 'append') replay(this.file, request.bytes);
      },
    });
  }

  compact(isExact: boolean): void {
    const port = {
      send: (request: { type: string; bytes?: Buffer; end?: number }) => {
        if (request.type === 'base') {
          this.slices++;
          replay(this.file, Buffer.from((request.bytes as Buffer).subarray(0, request.end)));
        } else if (request.type === 'baseEnd') this.isComplete = true;
      },
      whenReady: (next: () => void) => {
        this.next = next;
      },
    };
    new Compaction(this.sequences, port, isExact).start(0);
  }

  step(): void {
    const { next } = this;
    this.next = undefined;
    next?.();
  }

  /** Values and blocks, and a gauge now and then. */
  set(number: number): void {
    const table = this.sequences.table(number % DATABASES);
    const name = Buffer.from(`sequence-${number}`);
    const ref = table.find(name, 0, name.length);
    const isGauge = number % 10 === 0;
    const target = this.sequences.write(table, ref, name, 0, name.length, number * 3, isGauge);
    // One that went down has become a gauge, which has no block.
    if (table.slab.hasFlag(target, SequenceFlag.gauge)) return;
    this.sequences.reserve(table, target, 100, number * 3 + 100, false);
    table.slab.setReserved(target, 100);
  }

  /** A number is served: the log hears nothing of it. */
  serve(number: number): void {
    const table = this.sequences.table(number % DATABASES);
    const name = Buffer.from(`sequence-${number}`);
    const ref = table.find(name, 0, name.length);
    if (ref === 0 || table.slab.reserved(ref) === 0) return;
    table.setValue(ref, Number(table.value(ref)) + 1);
    table.slab.setReserved(ref, table.slab.reserved(ref) - 1);
  }

  remove(number: number): void {
    const table = this.sequences.table(number % DATABASES);
    const name = Buffer.from(`sequence-${number}`);
    const ref = table.find(name, 0, name.length);
    if (ref !== 0) this.sequences.remove(table, ref);
  }

  expectFile(t: ExecutionContext, isExact: boolean): void {
    t.true(this.isComplete);
    const here: [string, { ceiling: bigint; isGauge: boolean }][] = [];
    for (let database = 0; database < DATABASES; database++) {
      const { slab } = this.sequences.table(database);
      for (let page = 0; page < slab.pages; page++) {
        slab.visitPage(page, (ref) => {
          const value = this.sequences.table(database).value(ref);
          const name = slab
            .nameBytes(ref)
            .toString('latin1', slab.nameStart(ref), slab.nameEnd(ref));
          here.push([
            `${database}/${name}`,
            {
              ceiling: BigInt(value) + (isExact ? 0n : BigInt(slab.reserved(ref))),
              isGauge: slab.hasFlag(ref, SequenceFlag.gauge),
            },
          ]);
        });
      }
    }
    t.is(this.file.size, here.length);
    for (const [key, state] of here) {
      const found = this.file.get(key);
      if (found?.ceiling !== state.ceiling || found.isGauge !== state.isGauge) {
        t.deepEqual(found, state, key);
      }
    }
  }
}

test('slices and the appends between them end in the state of the master', (t) => {
  const change = fc.oneof(
    fc.tuple(fc.constant('set'), fc.nat(NAMES * 2)),
    fc.tuple(fc.constant('serve'), fc.nat(NAMES)),
    fc.tuple(fc.constant('remove'), fc.nat(NAMES)),
    { weight: 1, arbitrary: fc.tuple(fc.constant('flush'), fc.nat(DATABASES)) },
  );
  const turns = fc.array(fc.array(change, { maxLength: 60, size: 'max' }), { minLength: 2 });
  checkProperty(
    t,
    fc.property(turns, (all) => {
      const bench = new Bench();
      bench.compact(false);
      for (const changes of all) {
        let isFlushed = false;
        for (const [act, number] of changes) {
          if (act === 'set') bench.set(number);
          else if (act === 'serve') bench.serve(number);
          else if (act === 'remove') bench.remove(number);
          else if (!isFlushed && number > 0) {
            isFlushed = true;
            bench.sequences.flush(number === DATABASES ? ALL_DATABASES : number);
          }
        }
        bench.log.flush();
        bench.step();
      }
      while (bench.next !== undefined) bench.step();
      bench.expectFile(t, false);
    }),
    { numRuns: 40 },
  );
});

test('an exact compaction writes values, not ceilings', (t) => {
  const bench = new Bench();
  for (let i = 0; i < NAMES; i += 7) bench.serve(i);
  bench.compact(true);
  while (bench.next !== undefined) bench.step();
  t.true(bench.slices > 1);
  bench.expectFile(t, true);
});

test('an abandoned compaction sends nothing more', (t) => {
  const { sequences } = new Bench();
  const sent: string[] = [];
  let next = () => {};
  const port = {
    send: (request: { type: string }) => {
      sent.push(request.type);
    },
    whenReady: (ready: () => void) => {
      next = ready;
    },
  };
  const compaction = new Compaction(sequences, port, false);
  compaction.start(3);
  next();
  compaction.abandon();
  next();
  t.deepEqual(sent, ['baseBegin', 'base']);
});
