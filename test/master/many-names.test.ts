import test from 'ava';
import { seeded } from '../store/memory-disk.js';
import { LendingMaster, type PipedWorker } from './lending-master.js';
import { replay } from './model-master.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A request of a worker, from when it was sent to when its reply was there. */
interface Asked {
  readonly words: readonly string[];
  readonly sent: number;
  answered: number;
  reply: string;
}

/** What a server of one thought would do: changes the state, and answers. */
function answer(state: Map<string, number>, [command, ...words]: readonly string[]): string {
  const bulk = (name: string) => {
    const value = state.get(name);
    return value === undefined ? '$-1\r\n' : `$${String(value).length}\r\n${value}\r\n`;
  };
  const pairs = words.flatMap((name, i): [string, number][] =>
    i % 2 === 0 ? [[name, Number(words[i + 1])]] : [],
  );
  switch (command) {
    case 'INCR':
      state.set(words[0] as string, (state.get(words[0] as string) ?? 0) + 1);
      return String(state.get(words[0] as string));
    case 'MGET':
      return `*${words.length}\r\n${words.map(bulk).join('')}`;
    case 'EXISTS':
      return `:${words.filter((name) => state.has(name)).length}\r\n`;
    case 'DEL':
      return `:${words.filter((name) => state.delete(name)).length}\r\n`;
    case 'MSETNX':
      if (pairs.some(([name]) => state.has(name))) return ':0\r\n';
      for (const [name, value] of pairs) state.set(name, value);
      return ':1\r\n';
    case 'MSET':
      for (const [name, value] of pairs) state.set(name, value);
      return '+OK\r\n';
    case 'FLUSHDB':
      state.clear();
      return '+OK\r\n';
    case 'DBSIZE':
      return `:${state.size}\r\n`;
    case 'KEYS':
      return `*${state.size}\r\n${[...state.keys()].sort().join('')}`;
    default:
      throw new Error(`no model of ${command}`);
  }
}

/** The names of a reply to KEYS, in order. */
function normal({ words, reply }: Asked): string {
  if (words[0] !== 'KEYS') return reply;
  const names = reply.split('\r\n').slice(1);
  const own = names.filter((_, i) => i % 2 === 1).sort();
  return `*${own.length}\r\n${own.join('')}`;
}

/** Whether there is an order, in which nothing comes before what was answered when it was sent, that explains every reply. */
function isExplained(asked: readonly Asked[], state: ReadonlyMap<string, number>): boolean {
  if (asked.length === 0) return true;
  const firstEnd = Math.min(...asked.map((each) => each.answered));
  return asked
    .filter(({ sent }) => sent < firstEnd)
    .some((each) => {
      const next = new Map(state);
      if (answer(next, each.words) !== normal(each)) return false;
      return isExplained(
        asked.filter((other) => other !== each),
        next,
      );
    });
}

/** A master whose workers ask at random, and whose commands on many names go on by one name between. */
class Bench {
  readonly master = new LendingMaster(2);
  readonly asked: Asked[] = [];
  readonly batches: Buffer[] = [];
  readonly #open = new Map<PipedWorker, Map<number, Asked>>();
  #now = 0;

  constructor() {
    this.master.executor.many.stepNames = 1;
    this.master.executor.listings.stepNames = 1;
    this.master.log.attach({
      send: (request) => {
        if (request.type === 'append') this.batches.push(Buffer.from(request.bytes));
      },
    });
  }

  ask(number: number, isInPieces: boolean, ...words: string[]): Asked {
    const worker = this.master.workers[number] as PipedWorker;
    const asked = { words, sent: ++this.#now, answered: Number.POSITIVE_INFINITY, reply: '' };
    this.asked.push(asked);
    const open = this.#open.get(worker) ?? new Map<number, Asked>();
    this.#open.set(worker, open);
    open.set(worker.tag + 1, asked);
    if (isInPieces) this.read(worker, worker.pieces(2, ...words));
    else if (words[0] === 'INCR') this.read(worker, worker.take(words[1] as string));
    else this.read(worker, worker.command(...words));
    return asked;
  }

  read(worker: PipedWorker, lines: readonly string[]): void {
    for (const line of lines) {
      const recall = /^recall (\d+)$/.exec(line);
      if (recall !== null) this.read(worker, worker.returned(Number(recall[1]), 0));
      const part = /^(\d+) (last )?(?:1 from (\S+) by 1)?(.*)$/s.exec(line);
      const asked = this.#open.get(worker)?.get(Number(part?.[1]));
      if (part === null || asked === undefined) continue;
      asked.reply += `${part[3] ?? ''}${part[4]}`;
      if (part[2] !== undefined) asked.answered = ++this.#now;
      else this.read(worker, worker.accepted(Number(part[1])));
    }
  }

  settle(): void {
    this.master.settle();
    for (const worker of this.master.workers) this.read(worker, worker.received());
  }

  /** One step of what is under way. */
  async step(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const worker of this.master.workers) this.read(worker, worker.received());
  }

  async end(): Promise<void> {
    while (this.asked.some((each) => each.answered === Number.POSITIVE_INFINITY)) {
      await this.step();
      this.settle();
    }
  }
}

test('whatever happens while a command on many names is under way, it took one moment', async (t) => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = seeded(seed);
    const pick = (count: number) => Math.floor(random() * count);
    const some = () => NAMES.filter(() => random() < 0.5).concat(NAMES[pick(6)] as string);
    const pairs = (names: readonly string[]) => names.flatMap((name) => [name, String(pick(100))]);
    const bench = new Bench();
    const small = () => {
      const name = NAMES[pick(6)] as string;
      const kind = pick(20);
      const words =
        kind < 8
          ? ['INCR', name]
          : kind < 11
            ? ['MGET', ...some()]
            : kind < 14
              ? ['MSET', ...pairs(some())]
              : kind < 17
                ? ['DEL', ...some()]
                : [['FLUSHDB'], ['DBSIZE'], ['KEYS', '*']][kind - 17];
      bench.ask(pick(2), false, ...(words as string[]));
      if (random() < 0.7) bench.settle();
    };
    // Lent, if by luck nobody else asks for it.
    const lent = NAMES[pick(6)] as string;
    if (random() < 0.3) for (let i = 0; i < 20; i++) bench.ask(0, false, 'INCR', lent);
    if (random() < 0.3) bench.settle();
    if (random() < 0.3) for (let i = 0; i < 20; i++) bench.ask(0, false, 'INCR', lent);
    for (let i = 0; i < 4; i++) small();
    for (let round = 0; round < 2; round++) {
      const names = [...some(), ...some()];
      const kind = pick(6);
      const words = [
        ['MGET', ...names],
        ['EXISTS', ...names],
        ['DEL', ...names],
        ['MSET', ...pairs(names)],
        ['MSETNX', ...pairs(names)],
        ['KEYS', '*'],
      ][kind] as string[];
      const many = bench.ask(pick(2), kind < 5, ...words);
      while (many.answered === Number.POSITIVE_INFINITY) {
        if (random() < 0.6) small();
        await bench.step();
        if (random() < 0.5) bench.settle();
      }
    }
    await bench.end();
    const explained = isExplained(bench.asked, new Map());
    if (!explained) {
      for (const { words, sent, answered, reply } of bench.asked) {
        t.log(`${sent} to ${answered}: ${words.join(' ')} → ${JSON.stringify(reply)}`);
      }
    }
    t.true(explained, `seed ${seed}`);
  }
});

test('a command on many names is one batch of the log', async (t) => {
  for (const [kind, before, after] of [
    ['MSET', ['1', '1', '1', '1', '1', '1'], '7'],
    ['MSETNX', [], '7'],
    ['DEL', ['1', '1', '1', '1', '1', '1'], undefined],
  ] as const) {
    const bench = new Bench();
    const values = before.flatMap((value, i) => [NAMES[i] as string, value]);
    if (values.length > 0) bench.ask(0, false, 'MSET', ...values);
    bench.settle();
    const isDel = kind === 'DEL';
    const words = isDel ? NAMES : NAMES.flatMap((name) => [name, '7']);
    const many = bench.ask(0, true, kind, ...words);
    for (let i = 0; many.answered === Number.POSITIVE_INFINITY; i++) {
      await bench.step();
      bench.ask(1, false, 'INCR', 'other');
      if (i % 3 === 2) bench.settle();
    }
    const file = new Map<string, { ceiling: bigint }>();
    const states = bench.batches.map((batch) => {
      replay(file as never, batch);
      return NAMES.map((name) => file.get(`0/${name}`)?.ceiling.toString());
    });
    for (const state of states) {
      const isOld = state.every((value, i) => value === before[i]);
      t.true(isOld || state.every((value) => value === after), `${kind}: ${state}`);
    }
    t.deepEqual(states.at(-1), Array(6).fill(after));
  }
});

test('a reply waits for the disk as a whole, and a failed log takes a command back as a whole', async (t) => {
  for (const steps of [1, 3, 5, 7, 9, 11, 13, 15, 20]) {
    for (const isDurable of [false, true]) {
      const bench = new Bench();
      bench.ask(0, false, 'MSET', 'a', '1', 'b', '1', 'c', '1');
      bench.settle();
      const many = bench.ask(0, true, 'MSET', ...NAMES.flatMap((name) => [name, '7']));
      for (let i = 0; i < steps; i++) await bench.step();
      t.is(many.reply, '');
      const wasSent = bench.batches.length > 1;
      if (isDurable) bench.settle();
      bench.master.fail();
      for (let i = 0; i < 10; i++) await bench.step();
      const isDone = wasSent && isDurable;
      t.is(many.reply, isDone ? '+OK\r\n' : '-MISCONF disk full\r\n', `${steps} ${isDurable}`);
      const read = bench.ask(1, false, 'MGET', ...NAMES);
      const [one, seven, none] = ['$1\r\n1\r\n', '$1\r\n7\r\n', '$-1\r\n'];
      const values = isDone ? seven.repeat(6) : one.repeat(3) + none.repeat(3);
      t.is(read.reply, `*6\r\n${values}`, `${steps} ${isDurable}`);
    }
  }
});

test('MGET of what is not durable waits, and begins anew when that is taken back', async (t) => {
  for (const steps of [1, 3, 5, 7, 20]) {
    const bench = new Bench();
    bench.ask(0, false, 'MSET', 'a', '1', 'b', '1', 'c', '1');
    bench.settle();
    bench.ask(1, false, 'MSET', 'a', '2', 'b', '2', 'f', '2');
    const many = bench.ask(0, true, 'MGET', ...NAMES);
    for (let i = 0; i < steps; i++) await bench.step();
    t.is(many.reply, '');
    bench.master.fail();
    for (let i = 0; i < 20; i++) await bench.step();
    const isRefused = steps > 6;
    const one = '$1\r\n1\r\n';
    const state = `*6\r\n${one.repeat(3)}${'$-1\r\n'.repeat(3)}`;
    t.is(many.reply, isRefused ? '-MISCONF disk full\r\n' : state);
  }
});

test('what goes with the worker that asked has no effect, or all of it', async (t) => {
  for (const steps of [0, 2, 6, 8, 10, 12]) {
    const bench = new Bench();
    const many = bench.ask(0, true, 'MSET', ...NAMES.flatMap((name) => [name, '7']));
    for (let i = 0; i < steps; i++) await bench.step();
    const isSent = bench.batches.length > 0;
    bench.master.die(bench.master.workers[0] as PipedWorker);
    for (let i = 0; i < 20; i++) await bench.step();
    bench.settle();
    t.is(many.reply, '');
    const size = bench.ask(1, false, 'DBSIZE');
    for (let i = 0; i < 20; i++) await bench.step();
    t.is(size.reply, isSent ? ':6\r\n' : ':0\r\n');
  }
});

test('what is flushed while a command on many names looks at them is not written where nobody finds it', async (t) => {
  for (const steps of [1, 3, 5]) {
    const bench = new Bench();
    bench.ask(0, false, 'MSET', 'a', '1', 'b', '1', 'other', '1');
    bench.settle();
    const many = bench.ask(0, true, 'MSET', ...NAMES.flatMap((name) => [name, '7']));
    for (let i = 0; i < steps; i++) await bench.step();
    t.is(bench.batches.length, 1);
    bench.ask(1, false, 'FLUSHDB');
    await bench.end();
    t.is(many.reply, '+OK\r\n');
    t.is(bench.ask(1, false, 'DBSIZE').reply, ':6\r\n');
  }
});

test('what a command on many names removes or makes is as durable as its reply', async (t) => {
  const bench = new Bench();
  bench.ask(0, false, 'MSET', 'a', '1', 'b', '1');
  bench.settle();
  bench.ask(0, true, 'DEL', 'a', 'b', 'c', 'd');
  for (let i = 0; i < 20; i++) await bench.step();
  t.is(bench.ask(1, false, 'EXISTS', 'x').reply, ':0\r\n');
  const reads = ['EXISTS a', 'DBSIZE', 'KEYS *', 'EXISTS x'].map((words) =>
    bench.ask(1, false, ...words.split(' ')),
  );
  for (let i = 0; i < 20; i++) await bench.step();
  t.deepEqual(reads.map(normal), ['', '', '*0\r\n', '']);
  t.true(reads.every(({ reply }) => reply === ''));
  bench.settle();
  bench.ask(0, true, 'MSET', 'c', '1', 'd', '1');
  for (let i = 0; i < 20; i++) await bench.step();
  const sizes = ['DBSIZE', 'KEYS *'].map((words) => bench.ask(1, false, ...words.split(' ')));
  for (let i = 0; i < 20; i++) await bench.step();
  t.true(sizes.every(({ reply }) => reply === ''));
  bench.settle();
  t.deepEqual([...reads, ...sizes].map(normal), [
    ':0\r\n',
    ':0\r\n',
    '*0\r\n',
    ':0\r\n',
    ':2\r\n',
    '*2\r\ncd',
  ]);
});

test('what a batch says of many names is applied when it is durable, or when somebody waits for it', async (t) => {
  for (const words of [
    ['MSET', ...NAMES.flatMap((name) => [name, '7'])],
    ['DEL', ...NAMES],
  ]) {
    const bench = new Bench();
    const { sequences } = bench.master;
    bench.ask(0, false, 'MSET', ...NAMES.flatMap((name) => [name, '1']));
    bench.settle();
    const many = bench.ask(0, true, ...words);
    for (let i = 0; i < 20; i++) await bench.step();
    t.is(bench.batches.length, 2);
    t.is(sequences.inFlight.size, 0);
    bench.ask(1, false, 'MGET', 'a');
    t.is(sequences.inFlight.size, 1);
    bench.settle();
    for (let i = 0; i < 20; i++) await bench.step();
    t.is(sequences.inFlight.size, 0);
    t.not(many.reply, '');
    const hurried = bench.ask(0, true, 'MSET', ...NAMES.flatMap((name) => [name, '8']));
    for (let i = 0; i < 20; i++) await bench.step();
    t.is(sequences.inFlight.size, 0);
    bench.ask(1, false, 'DBSIZE');
    for (let i = 0; i < 20; i++) await bench.step();
    t.is(sequences.inFlight.size, 6);
    t.is(hurried.reply, '');
    await bench.end();
    t.is(hurried.reply, '+OK\r\n');
  }
});

test('a sequence that is lent is recalled for a command on many names, and not lent while it is under way', async (t) => {
  const bench = new Bench();
  const { master } = bench;
  const [worker] = master.workers as [PipedWorker, PipedWorker];
  master.begin('a');
  worker.takeOften('a');
  t.is(master.holds.size, 1);
  const [hold] = master.holds.all();
  worker.pieces(2, 'MGET', 'a', 'b', 'c');
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(worker.received(), [`recall ${hold?.id}`]);
  const seen = master.value('a');
  const lines = worker.returned(Number(hold?.id), 5);
  for (let i = 0; i < 3; i++) {
    worker.takeOften('a');
    t.is(master.holds.size, 0);
    await new Promise((resolve) => setImmediate(resolve));
    lines.push(...worker.received());
  }
  t.regex(lines.join(''), new RegExp(`\\$2\\r\\n${Number(seen) + 5 + 16}\\r\\n`));
  worker.takeOften('a');
  t.is(master.holds.size, 1);
});

test('a change that was pushed late is not taken back when its batch is durable', (t) => {
  const { sequences, log } = new LendingMaster(1);
  const table = sequences.table(0);
  const name = Buffer.from('abc');
  const first = log.append(Buffer.from('1'));
  const second = log.append(Buffer.from('2'));
  const set = (at: number, value: number, lsn: number) =>
    sequences.set(table, 0, name, at, at + 1, value, false, 0, lsn);
  const refs = [set(0, 1, second), set(1, 2, first)];
  sequences.inFlight.confirm(first);
  sequences.inFlight.takeBack();
  t.is(table.find(name, 0, 1), 0);
  t.is(table.find(name, 1, 2), refs[1] as number);
  t.is(table.pending.size, 0);
});

test('very many changes are confirmed bit by bit, and those that are durable are not taken back', async (t) => {
  const { sequences, log } = new LendingMaster(1);
  const table = sequences.table(0);
  const lsn = log.append(Buffer.from('1'));
  for (let i = 0; i < 10_000; i++) {
    const name = Buffer.from(`n${i}`);
    sequences.set(table, 0, name, 0, name.length, i, false, 0, lsn);
  }
  sequences.inFlight.confirm(lsn);
  t.true(sequences.inFlight.size > 0);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  t.is(sequences.inFlight.size, 0);
  t.is(table.pending.size, 0);
  const next = log.append(Buffer.from('2'));
  for (let i = 0; i < 10_000; i++) {
    const name = Buffer.from(`m${i}`);
    sequences.set(table, 0, name, 0, name.length, i, false, 0, next);
  }
  sequences.inFlight.confirm(next);
  sequences.inFlight.takeBack();
  t.is(table.size, 20_000);
  t.is(table.pending.size, 0);
});
