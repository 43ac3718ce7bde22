import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { INT64_MAX, INT64_MIN } from '#dist/protocol/int64.js';
import { checkProperty } from '../check-property.js';
import { FakeConnection, ModelWorker, parseReplies, type Reply } from './model-worker.js';

const CONNECTIONS = 4;
const SHARED = ['x', 'yy', 'a-longer-name-of-a-sequence'];

/** Numbers below a bound from a seed, so that a failing case is the same again. */
function picker(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** One client: what it has seen of the shared sequences, and its own, of which it knows every value. */
class Client {
  readonly connection = new FakeConnection();
  readonly own = new Map<string, bigint>();
  readonly seen = new Map<string, bigint>();
}

class Round {
  readonly worker: ModelWorker;
  readonly clients = Array.from({ length: CONNECTIONS }, () => new Client());
  readonly pick: (below: number) => number;
  /** By shared sequence: the runs of numbers that clients got, [first, last]. */
  readonly taken = new Map<string, [bigint, bigint][]>();
  readonly #t: ExecutionContext;

  constructor(t: ExecutionContext, seed: number) {
    this.#t = t;
    this.pick = picker(seed);
    this.worker = new ModelWorker(this.pick);
  }

  play(turns: number): void {
    for (let turn = 0; turn < turns; turn++) {
      for (let left = this.pick(30); left > 0; left--) this.#command(this.pick(CONNECTIONS));
      this.worker.endTurn();
      if (this.pick(3) > 0) this.worker.deliver(this.pick(20));
    }
    this.worker.deliverAll();
    this.#check();
  }

  #command(number: number): void {
    const client = this.clients[number] as Client;
    const kind = this.pick(10);
    if (kind < 4) this.#sharedTake(client);
    else if (kind === 4) this.#sharedRead(client);
    else if (kind === 5) this.#local(client);
    else this.#ownCommand(client, `own-${number}-${this.pick(2)}`);
  }

  #sharedTake(client: Client): void {
    const name = SHARED[this.pick(SHARED.length)] as string;
    const amount = 1 + this.pick(2);
    const form = this.pick(4);
    const words =
      form === 0
        ? ['SEQ.NEXT', name, 'COUNT', `${amount}`]
        : form === 1 || amount > 1
          ? ['INCRBY', name, `${amount}`]
          : ['INCR', name];
    this.worker.send(client.connection, words, (reply) => {
      const last = form === 0 ? (reply as bigint[])[1] : reply;
      const first = form === 0 ? (reply as bigint[])[0] : (last as bigint) - BigInt(amount) + 1n;
      this.#t.is((last as bigint) - (first as bigint), BigInt(amount - 1));
      this.#t.true((first as bigint) > (client.seen.get(name) ?? 0n));
      client.seen.set(name, last as bigint);
      const taken = this.taken.get(name) ?? [];
      taken.push([first as bigint, last as bigint]);
      this.taken.set(name, taken);
    });
  }

  #sharedRead(client: Client): void {
    const isMany = this.pick(2) === 0;
    const names = isMany ? SHARED : [SHARED[this.pick(SHARED.length)] as string];
    this.worker.send(client.connection, [isMany ? 'MGET' : 'GET', ...names], (reply) => {
      const values = (isMany ? reply : [reply]) as (string | null)[];
      this.#t.is(values.length, names.length);
      names.forEach((name, i) => {
        const value = BigInt(values[i] ?? 0);
        this.#t.true(value >= (client.seen.get(name) ?? 0n));
        client.seen.set(name, value);
      });
    });
  }

  #local(client: Client): void {
    const text = `hello-${this.pick(1000)}`;
    this.worker.send(client.connection, ['PING', text], (reply) => this.#t.is(reply, text));
  }

  #ownCommand(client: Client, name: string): void {
    const value = client.own.get(name);
    const is = (expected: Reply) => (reply: Reply) => this.#t.deepEqual(reply, expected);
    const { connection } = client;
    switch (this.pick(7)) {
      case 0: {
        const edges = [0n, 5n, INT64_MAX - 1n, INT64_MIN + 1n, 2n ** 53n - 2n, -(2n ** 62n)];
        const next = edges[this.pick(edges.length)] as bigint;
        client.own.set(name, next);
        this.worker.send(connection, ['SET', name, `${next}`], is('+OK'));
        break;
      }
      case 1:
        this.worker.send(connection, ['GET', name], is(value === undefined ? null : `${value}`));
        break;
      case 2:
        client.own.delete(name);
        this.worker.send(connection, ['DEL', name, 'absent'], is(value === undefined ? 0n : 1n));
        break;
      default: {
        const amounts = [1n, -1n, 2n ** 62n, -(2n ** 62n), 3n];
        const amount = amounts[this.pick(amounts.length)] as bigint;
        for (let times = 1 + this.pick(4); times > 0; times--) {
          const next = (client.own.get(name) ?? 0n) + amount;
          const fits = next <= INT64_MAX && next >= INT64_MIN;
          if (fits) client.own.set(name, next);
          this.worker.send(
            connection,
            amount === 1n ? ['INCR', name] : ['INCRBY', name, `${amount}`],
            is(fits ? next : '-ERR increment or decrement would overflow'),
          );
        }
      }
    }
  }

  #check(): void {
    const t = this.#t;
    for (const { connection } of this.clients) {
      const replies = parseReplies(connection.written.view());
      t.is(replies.length, connection.checks.length);
      connection.checks.forEach((check, i) => {
        check(replies[i] as Reply);
      });
      t.true(connection.replies.isEmpty);
      t.is(connection.replies.length, 0);
      t.is(connection.replies.cost, 0);
    }
    for (const [name, taken] of this.taken) {
      let next = 1n;
      for (const [first, last] of taken.sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
        t.is(first, next, `a number of ${name} is missing or was given twice`);
        next = last + 1n;
      }
      t.is(this.worker.values.get(name), next - 1n);
    }
  }
}

test('every connection gets its replies in its order when answers come late, in parts and out of order', (t) => {
  checkProperty(
    t,
    fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, turns) => {
      new Round(t, seed).play(turns);
    }),
    { numRuns: 400 },
  );
});

test('the takes of one turn from one sequence travel as one entry, whichever connections they come from', (t) => {
  const worker = new ModelWorker(() => 0);
  const clients = [new FakeConnection(), new FakeConnection()] as const;
  for (let i = 0; i < 100; i++) {
    worker.send(clients[i % 2 === 0 ? 0 : 1], ['INCR', 'x'], (reply) => t.is(reply, BigInt(i + 1)));
  }
  worker.endTurn();
  t.is(worker.entries, 1);
  worker.deliverAll();
  t.is(worker.values.get('x'), 100n);
  for (const client of clients) {
    const numbers = parseReplies(client.written.view()) as bigint[];
    t.is(numbers.length, 50);
    t.deepEqual(
      numbers,
      [...numbers].sort((a, b) => (a < b ? -1 : 1)),
    );
  }
});

test('a crowd of names in one turn is answered whole', (t) => {
  const worker = new ModelWorker(() => 0);
  const client = new FakeConnection();
  for (let round = 1; round <= 2; round++) {
    for (let i = 0; i < 5000; i++) {
      worker.send(client, ['INCR', `name-${i}`], (reply) => t.is(reply, BigInt(round)));
    }
  }
  worker.endTurn();
  worker.deliverAll();
  const replies = parseReplies(client.written.view());
  t.is(replies.length, 10000);
  client.checks.forEach((check, i) => {
    check(replies[i] as Reply);
  });
});
