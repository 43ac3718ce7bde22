import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { mock } from 'node:test';
import test from 'ava';
import { LogKeeper } from '#dist/master/log-keeper.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { SequenceFlag } from '#dist/master/sequence-slab.js';
import { Sequences } from '#dist/master/sequences.js';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { ENTRY_GAUGE, writeFlush, writeRemove, writeState } from '#dist/protocol/entry.js';
import { FrameReader, FrameWriter } from '#dist/protocol/frame.js';
import {
  type LogReport,
  type LogRequest,
  readLogRequest,
  writeLogReport,
} from '#dist/protocol/log-message.js';
import { replay } from './model-master.js';

/** A writer process as its pipe and its end; the test says what it answers. */
class FakeWriter extends EventEmitter {
  readonly pid = 1;
  readonly requests: LogRequest[] = [];
  readonly #frames = new FrameReader((type, bytes, start, end) => {
    const copy = Buffer.from(bytes.subarray(start, end));
    this.requests.push(readLogRequest(type, copy, 0, copy.length));
  });
  readonly #pipe = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      this.#frames.push(Buffer.from(chunk));
      done();
    },
  });
  readonly stdio = [null, null, null, null, this.#pipe];

  async report(report: LogReport): Promise<void> {
    const out = new FrameWriter();
    writeLogReport(out, report);
    this.#pipe.push(out.take());
    await settled();
  }

  async die(): Promise<void> {
    this.emit('exit', null, 'SIGKILL');
    this.#pipe.destroy();
    await settled();
  }

  /** Since the last call. */
  types(): string[] {
    return this.requests.splice(0).map((request) => request.type);
  }
}

class Bench {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, 1);
  readonly writers: FakeWriter[] = [];
  readonly events: string[] = [];
  readonly keeper = new LogKeeper(
    this.sequences,
    { dir: '/data', fsync: 'always', compactPercentage: 100, compactMinSize: 1000 },
    {
      spawn: () => {
        const writer = new FakeWriter();
        this.writers.push(writer);
        return writer as unknown as ChildProcess;
      },
      onLoaded: () => this.events.push('loaded'),
      onRefused: (reason) => this.events.push(`refused: ${reason}`),
      onProgress: (done, total) => this.events.push(`${done} of ${total}`),
      onSettled: (lsn) => this.events.push(`settled ${lsn}`),
      onFailing: () => {},
      onFailed: (reason) => this.events.push(`failed: ${reason}`),
      warn: () => {},
      note: () => {},
    },
  );

  get writer(): FakeWriter {
    return this.writers.at(-1) as FakeWriter;
  }

  async open(): Promise<void> {
    await this.writer.report({
      type: 'opened',
      opened: { file: 'f1', epoch: 1, size: 0, baseSize: 0, warnings: [] },
    });
  }

  set(name: string, value: number): void {
    const bytes = Buffer.from(name);
    const table = this.sequences.table(0);
    const ref = table.find(bytes, 0, bytes.length);
    this.sequences.write(table, ref, bytes, 0, bytes.length, value, false);
    this.log.flush();
  }

  get(name: string) {
    const bytes = Buffer.from(name);
    const table = this.sequences.table(0);
    const ref = table.find(bytes, 0, bytes.length);
    return ref === 0 ? undefined : table.value(ref);
  }
}

/** Streams hand their data on in a few turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test.before(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
});

test.serial(
  'the first writer loads the log, and serving begins when it has opened it',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    t.deepEqual(bench.writer.requests, [{ type: 'open', open: { dir: '/data', fsync: 'always' } }]);
    const entries = new ByteWriter();
    writeState(entries, 0, 0, 2n ** 60n, Buffer.from('x'), 0, 1);
    await bench.writer.report({
      type: 'entries',
      bytes: entries.view(),
      start: 0,
      end: entries.length,
    });
    await bench.writer.report({ type: 'progress', done: 1, total: 2 });
    await bench.open();
    t.deepEqual(bench.events, ['1 of 2', 'loaded']);
    t.is(bench.get('x'), 2n ** 60n);
  },
);

test.serial(
  'what was removed or flushed is not loaded, and a gauge is loaded as one',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    const entries = new ByteWriter();
    const load = () => {
      const bytes = entries.take();
      return bench.writer.report({ type: 'entries', bytes, start: 0, end: bytes.length });
    };
    const [x, y, z] = ['x', 'y', 'z'].map((name) => Buffer.from(name)) as [Buffer, Buffer, Buffer];
    writeState(entries, 0, 0, 5, x, 0, 1);
    writeState(entries, 0, 0, 6, y, 0, 1);
    writeState(entries, 0, ENTRY_GAUGE, 7, z, 0, 1);
    writeRemove(entries, 0, y, 0, 1);
    await load();
    t.deepEqual(
      ['x', 'y', 'z'].map((name) => bench.get(name)),
      [5, undefined, 7],
    );
    const table = bench.sequences.table(0);
    const isGauge = (name: Buffer) =>
      table.slab.hasFlag(table.find(name, 0, 1), SequenceFlag.gauge);
    t.deepEqual([isGauge(x), isGauge(z)], [false, true]);
    writeFlush(entries, 0);
    writeState(entries, 0, 0, 8, y, 0, 1);
    await load();
    t.deepEqual(
      ['x', 'y', 'z'].map((name) => bench.get(name)),
      [undefined, 8, undefined],
    );
  },
);

test.serial(
  'a log that is refused, or a writer that dies while loading, ends the start',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    await bench.writer.report({ type: 'refused', reason: 'it is damaged' });
    t.deepEqual(bench.events, ['refused: it is damaged']);
    const other = new Bench();
    other.keeper.start();
    await other.writer.die();
    t.regex(other.events[0] ?? '', /^refused: the writer ended while it loaded the log/);
    t.is(other.writers.length, 1);
  },
);

test.serial(
  'a writer that is opening the log gets nothing but that, and the settings when it has',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    bench.keeper.configure({ ...bench.keeper.settings, fsync: 'no' });
    await t.throwsAsync(bench.keeper.compactions.start(), {
      message: 'the writer is being started',
    });
    t.deepEqual(bench.writer.types(), ['open']);
    await bench.open();
    const [configure] = bench.writer.requests;
    t.deepEqual(configure, { type: 'configure', fsync: 'no' });
  },
);

test.serial(
  'the next writer resumes at the durable end and gets what was not confirmed',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    await bench.open();
    bench.set('x', 1);
    bench.set('x', 2);
    bench.set('y', 3);
    await bench.writer.report({ type: 'durable', lsn: 1, size: 77 });
    await bench.writer.die();
    bench.set('x', 4);
    mock.timers.tick(60_000);
    t.is(bench.writers.length, 2);
    const open = bench.writer.requests.shift();
    t.like(open, { type: 'open', open: { resume: { file: 'f1', offset: 77 } } });
    await bench.open();
    const appends = bench.writer.requests.filter((request) => request.type === 'append');
    t.deepEqual(
      appends.map((request) => request.type === 'append' && request.lsn),
      [2, 3, 4],
    );
    await bench.writer.report({ type: 'durable', lsn: 4, size: 200 });
    t.true(bench.log.isSettled);
    t.deepEqual(bench.events, ['loaded', 'settled 1', 'settled 4']);
  },
);

test.serial('a failed log is taken back, written anew, and written to again', async (t) => {
  const bench = new Bench();
  bench.keeper.start();
  await bench.open();
  bench.set('x', 1);
  await bench.writer.report({ type: 'durable', lsn: 1, size: 50 });
  bench.set('x', 2);
  bench.set('y', 3);
  bench.writer.types();
  await bench.writer.report({ type: 'failed', reason: 'disk full' });
  t.deepEqual(bench.events.slice(2), ['failed: disk full']);
  t.is(bench.get('x'), 1);
  t.is(bench.get('y'), undefined);
  t.throws(() => bench.set('x', 5), { message: /^MISCONF .*disk full/ });
  t.deepEqual(bench.writer.types(), []);
  mock.timers.tick(1000);
  await settled();
  const requests = bench.writer.requests.splice(0);
  t.deepEqual(
    requests.map((request) => request.type),
    ['baseBegin', 'base', 'baseEnd'],
  );
  t.deepEqual(requests[0], { type: 'baseBegin', failures: 1 });
  const file = new Map();
  const base = requests[1] as LogRequest & { type: 'base' };
  replay(file, base.bytes.subarray(base.start, base.end));
  t.deepEqual([...file], [['0/x', { ceiling: 1n, isGauge: false }]]);
  // The disk is still full once more.
  await bench.writer.report({ type: 'baseFailed', reason: 'disk full' });
  t.not(bench.log.failure, '');
  mock.timers.tick(1000);
  await settled();
  t.deepEqual(bench.writer.types(), ['baseBegin', 'base', 'baseEnd']);
  await bench.writer.report({ type: 'switched', file: 'f2', size: 60 });
  t.is(bench.log.failure, '');
  bench.set('x', 5);
  t.deepEqual(bench.writer.types(), ['append']);
});

test.serial(
  'a failed log is written anew by the next writer when the first one dies',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    await bench.open();
    bench.set('x', 1);
    await bench.writer.report({ type: 'failed', reason: 'disk full' });
    await bench.writer.die();
    mock.timers.tick(60_000);
    t.deepEqual(bench.writer.types(), ['open']);
    mock.timers.tick(1000);
    t.deepEqual(bench.writer.types(), []);
    await bench.open();
    await settled();
    const requests = bench.writer.requests.filter((request) => request.type !== 'configure');
    t.deepEqual(requests[0], { type: 'baseBegin', failures: 0 });
  },
);

test.serial(
  'the end of an earlier compaction is not taken for that of the exact one',
  async (t) => {
    const bench = new Bench();
    bench.keeper.start();
    await bench.open();
    bench.set('x', 1);
    const first = bench.keeper.compactions.start();
    await settled();
    let isExact = false;
    const exact = bench.keeper.compactions.start(true).then(() => {
      isExact = true;
    });
    bench.writer.types();
    await bench.writer.report({ type: 'switched', file: 'f2', size: 60 });
    await first;
    await settled();
    t.false(isExact);
    t.deepEqual(bench.writer.types(), ['baseBegin', 'base', 'baseEnd']);
    await bench.writer.report({ type: 'switched', file: 'f3', size: 60 });
    await exact;
    t.true(isExact);
  },
);

test.serial('the next writer resumes in the log that the last one switched to', async (t) => {
  const bench = new Bench();
  bench.keeper.start();
  await bench.open();
  const compaction = bench.keeper.compactions.start();
  await settled();
  await bench.writer.report({ type: 'switched', file: 'f2', size: 60 });
  await compaction;
  await bench.writer.die();
  mock.timers.tick(60_000);
  t.like(bench.writer.requests[0], { open: { resume: { file: 'f2', offset: 60 } } });
});

test.serial('a log that has outgrown its base is compacted by itself', async (t) => {
  const bench = new Bench();
  bench.keeper.start();
  await bench.open();
  bench.set('x', 1);
  bench.writer.types();
  await bench.writer.report({ type: 'durable', lsn: 1, size: 999 });
  t.deepEqual(bench.writer.types(), []);
  bench.set('x', 2);
  await bench.writer.report({ type: 'durable', lsn: 2, size: 1000 });
  t.deepEqual(bench.writer.types(), ['append', 'baseBegin', 'base', 'baseEnd']);
});

test('a log that fails takes back changes that were watched, and tells who watches', async (t) => {
  const bench = new Bench();
  bench.keeper.start();
  await bench.open();
  const told: number[] = [];
  bench.sequences.watches.watch({ touched: (client) => told.push(client) }, 7, 0, 'x');
  await bench.writer.report({ type: 'failed', reason: 'disk full' });
  t.deepEqual(told, [7]);
});
