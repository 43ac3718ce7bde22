import test from 'ava';
import type { ServerControl } from '#dist/commands/server-control.js';
import { allCommands } from '#dist/commands/table.js';
import { Allocator } from '#dist/master/allocator.js';
import { Executor } from '#dist/master/executor.js';
import { HeldReplies } from '#dist/master/held-replies.js';
import { Holds } from '#dist/master/holds.js';
import { KeyspaceView } from '#dist/master/keyspace-view.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { Sequences } from '#dist/master/sequences.js';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { FrameWriter } from '#dist/protocol/frame.js';
import { INT64_MAX, INT64_MIN, type Int64 } from '#dist/protocol/int64.js';
import { EntryReader, setTakeCount, writeCommand, writeTake } from '#dist/protocol/take-message.js';
import { parts } from './parts.js';

const SETTINGS = { block: 100, blockMax: 100, threshold: 1, blockTimeMs: 500 };
const OVERFLOW = 'ERR increment or decrement would overflow';

class Bench {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, 2);
  readonly out = new FrameWriter();
  readonly held = new HeldReplies();
  readonly #executor: Executor;
  #tag = 0;

  constructor() {
    const allocator = new Allocator(this.sequences, SETTINGS, () => 1);
    const keyspace = new KeyspaceView(
      this.sequences,
      () => SETTINGS,
      () => 1,
    );
    const holds = new Holds(allocator, () => 1);
    const server = {} as ServerControl;
    this.#executor = new Executor(this.sequences, allocator, holds, keyspace, server);
  }

  take(name: string, amount: Int64, count: number): string[] {
    const out = new ByteWriter();
    const bytes = Buffer.from(name);
    const at = writeTake(out, ++this.#tag, false, 0, amount, bytes, 0, bytes.length);
    setTakeCount(out, at, count);
    return this.#execute(out);
  }

  command(...words: string[]): string[] {
    const out = new ByteWriter();
    const bytes = Buffer.from(words.join(''));
    const ends = words.map((_, i) => words.slice(0, i + 1).join('').length);
    const starts = ends.map((end, i) => end - (words[i] as string).length);
    const index = allCommands().findIndex(({ name }) => name === words[0]?.toLowerCase());
    writeCommand(out, ++this.#tag, 2, 0, index, bytes, words.length, starts, ends);
    return this.#execute(out);
  }

  /** The turn ends and its batch becomes durable: what is answered then. */
  settle(): string[] {
    this.log.flush();
    const lsn = this.log.openLsn - 1;
    this.log.confirm(lsn);
    this.sequences.inFlight.confirm(lsn);
    this.held.release(lsn, this.out);
    return parts(this.out.take());
  }

  fail(): string[] {
    this.sequences.inFlight.takeBack();
    this.log.fail('disk full');
    this.held.refuse('MISCONF disk full', this.out);
    return parts(this.out.take());
  }

  #execute(bytes: ByteWriter): string[] {
    const entry = new EntryReader();
    entry.begin(bytes.view(), 0, bytes.length);
    entry.next();
    this.#executor.execute(entry, {
      out: this.out,
      held: this.held,
      open: () => {},
      flush: () => {},
      number: 1,
      lend: () => {},
      endLoan: () => {},
      extend: () => {},
      recall: () => {},
      resume: () => {},
    });
    return parts(this.out.take());
  }
}

test('the part of a run that is durable is answered now, and the rest when it is', (t) => {
  const bench = new Bench();
  t.deepEqual(bench.take('x', 1, 1), []);
  t.deepEqual(bench.settle(), ['1 last 1 from 1 by 1']);
  t.deepEqual(bench.take('x', 1, 150), ['2 99 from 2 by 1']);
  t.deepEqual(bench.take('y', 5, 1), []);
  t.deepEqual(bench.settle(), ['2 last 51 from 101 by 1', '3 last 1 from 5 by 5']);
});

test('the refusal of a part of a run comes behind the part that waits', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', `${INT64_MAX - 3n}`);
  bench.settle();
  t.deepEqual(bench.take('x', 1, 5), []);
  t.deepEqual(bench.settle(), [`2 3 from ${INT64_MAX - 2n} by 1`, `2 last 2 × ${OVERFLOW}`]);
  t.deepEqual(bench.take('x', 1, 2), [`3 last 2 × ${OVERFLOW}`]);
});

test('a run over more than 64 bits is answered exactly', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', `${INT64_MIN}`);
  bench.settle();
  t.deepEqual(bench.take('x', 2n ** 62n, 3), []);
  t.deepEqual(bench.settle(), [`2 last 3 from ${INT64_MIN + 2n ** 62n} by ${2n ** 62n}`]);
});

test('a read waits for what it shows, and for no other sequence', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', '7');
  bench.settle();
  bench.command('SET', 'y', '8');
  t.deepEqual(bench.command('GET', 'x'), ['3 last $1\r\n7\r\n']);
  t.deepEqual(bench.command('GET', 'y'), []);
  t.deepEqual(bench.settle(), ['2 last +OK\r\n', '4 last $1\r\n8\r\n']);
});

test('the absence of a removed sequence is shown when the removal is durable', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', '7');
  bench.settle();
  t.deepEqual(bench.command('DEL', 'x'), []);
  t.deepEqual(bench.command('GET', 'x'), []);
  t.deepEqual(bench.command('FLUSHALL'), []);
  t.deepEqual(bench.settle(), ['2 last :1\r\n', '3 last $-1\r\n', '4 last +OK\r\n']);
});

test('FLUSHALL waits for a removal in another database', (t) => {
  const bench = new Bench();
  const name = Buffer.from('x');
  const table = bench.sequences.table(1);
  bench.sequences.write(table, 0, name, 0, 1, 7, false);
  bench.settle();
  bench.sequences.remove(table, table.find(name, 0, 1));
  bench.log.flush();
  t.deepEqual(bench.command('FLUSHALL'), []);
  t.deepEqual(bench.settle(), ['1 last +OK\r\n']);
});

test('what waits when the log fails is refused, and what needs no disk is answered', (t) => {
  const bench = new Bench();
  bench.take('x', 1, 1);
  bench.settle();
  t.deepEqual(bench.take('x', 1, 100), ['2 99 from 2 by 1']);
  t.deepEqual(bench.command('SET', 'y', '1'), []);
  t.deepEqual(bench.fail(), ['2 last 1 × MISCONF disk full', '3 last -MISCONF disk full\r\n']);
  t.deepEqual(bench.command('GET', 'x'), ['4 last $3\r\n100\r\n']);
  t.deepEqual(bench.command('GET', 'y'), ['5 last $-1\r\n']);
  const [refused] = bench.take('x', 1, 2);
  t.regex(refused ?? '', /^6 last 2 × MISCONF .*disk full$/);
  t.regex(bench.command('DEL', 'x')[0] ?? '', /^7 last -MISCONF /);
});
