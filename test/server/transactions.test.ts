import test, { type ExecutionContext } from 'ava';
import { answered, isMisconfiguration, untilServed } from './answers.js';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { onlyPidOf, until } from './processes.js';
import { type Answer, askOnce, RawClient, ServerError } from './raw-client.js';
import { isRedisInstalled, type StartedServer, startRedis, startSequement } from './start.js';
import { mayTrace, Tracer } from './strace.js';

const TWO_WORKERS = ['--workers', '2'];
/** So many takes in a row make a sequence worth lending. */
const OFTEN = 200;

const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;
const withStrace = mayTrace() ? test.serial : test.serial.skip;

async function clientOfEach(port: number): Promise<[RawClient, RawClient]> {
  const clients: (RawClient | undefined)[] = [];
  while (clients[0] === undefined || clients[1] === undefined) {
    const client = await RawClient.connect(port);
    const number = Math.floor(Number(await client.send('CLIENT', 'ID')) / 1e9);
    await clients[number]?.close();
    clients[number] = client;
  }
  return [clients[0], clients[1]];
}

/** The answer to the EXEC behind these commands, all in one packet. */
async function transact(
  client: RawClient,
  ...commands: readonly (readonly (string | number)[])[]
): Promise<Answer> {
  const answers: Promise<Answer>[] = [];
  client.together(() => {
    for (const words of [['MULTI'], ...commands, ['EXEC']]) answers.push(client.send(...words));
  });
  return (await Promise.all(answers)).at(-1) ?? null;
}

async function info({ port }: StartedServer, field: string): Promise<number> {
  const text = String(await askOnce(port, 'INFO', 'sequement'));
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1]);
}

test.serial('nobody sees half of a transaction, at whichever worker', async (t) => {
  const server = await startSequement({ arguments: TWO_WORKERS });
  const [a, b] = await clientOfEach(server.port);
  let isOver = false;
  const writing = (async () => {
    for (let i = 1; i <= 300; i++) {
      const [name, other] = i % 2 === 0 ? ['x', 'y'] : ['y', 'x'];
      t.deepEqual(await transact(a, ['INCR', name], ['INCR', other]), [String(i), String(i)]);
    }
    isOver = true;
  })();
  while (!isOver) {
    const [x, y] = (await b.send('MGET', 'x', 'y')) as Answer[];
    t.is(x, y);
    const both = (await transact(b, ['GET', 'y'], ['ECHO', 'between'], ['GET', 'x'])) as Answer[];
    t.is(both[0], both[2]);
  }
  await writing;
  await server.stop();
});

test.serial(
  'whatever another worker does to a watched sequence makes EXEC answer nil',
  async (t) => {
    const server = await startSequement({ arguments: TWO_WORKERS });
    const [a, b] = await clientOfEach(server.port);
    const changes: (readonly (string | number)[])[] = [
      ['INCR', 'w'],
      ['INCRBY', 'w', 0],
      ['DECR', 'w'],
      ['SET', 'w', 7],
      ['EXPIRE', 'w', 1000],
      ['PERSIST', 'w'],
      ['GETDEL', 'w'],
      ['RENAME', 'other', 'w'],
      ['COPY', 'w', 'other'],
      ['SWAPDB', 0, 1],
      ['SET', 'w', 5],
      ['SWAPDB', 0, 1],
      ['RENAME', 'w', 'another'],
      ['SET', 'w', 1, 'PXAT', 1],
      ['SET', 'w', 1],
      ['FLUSHDB'],
      ['MSET', 'w', 1],
      ['PSETEX', 'w', 1, 5],
      ['SET', 'w', 2],
      ['FLUSHALL'],
      ['SEQ.NEXT', 'w', 'COUNT', 3],
    ];
    await b.send('SET', 'w', 1);
    await b.send('SET', 'other', 1);
    for (const change of changes) {
      const watched = change[0] === 'COPY' ? 'other' : 'w';
      t.is(await a.send('WATCH', watched), 'OK');
      await b.send(...change);
      t.is(await transact(a, ['PING']), null, change.join(' '));
      t.deepEqual(await transact(a, ['PING']), ['PONG'], 'nothing is watched any more');
    }
    // Of two databases that change places, it does not matter which one is watched.
    await b.send('MSET', 'w', 1);
    await a.send('SELECT', 1);
    await a.send('WATCH', 'w');
    await b.send('SWAPDB', 0, 1);
    t.is(await transact(a, ['PING']), null);
    await b.send('SWAPDB', 0, 1);
    await a.send('SELECT', 0);
    for (const harmless of [
      ['GET', 'w'],
      ['EXPIRE', 'nosuch', 5],
      ['SETNX', 'w', 9],
      ['TTL', 'w'],
    ]) {
      await b.send('SET', 'w', 1);
      await a.send('WATCH', 'w');
      await b.send(...harmless);
      t.deepEqual(
        await transact(a, ['INCR', 'mine']).then((answer) => Array.isArray(answer)),
        true,
      );
    }
    await server.stop();
  },
);

test.serial(
  'a watched sequence that was lent comes back first, and is not lent while it is watched',
  async (t) => {
    const server = await startSequement({ arguments: TWO_WORKERS });
    const [a, b] = await clientOfEach(server.port);
    const takeOften = async () => {
      for (let i = 0; i < OFTEN; i++) await b.send('INCR', 'x');
    };
    await takeOften();
    t.is(await info(server, 'holds'), 1);
    await a.send('WATCH', 'x');
    t.is(await info(server, 'holds'), 0);
    t.is(await b.send('INCR', 'x'), String(OFTEN + 1));
    t.is(await transact(a, ['PING']), null);
    await a.send('WATCH', 'x');
    // Also for one who watches beside those who have been told.
    await b.send('WATCH', 'x');
    await b.send('UNWATCH');
    const holder = await RawClient.connect(server.port);
    await holder.send('WATCH', 'y');
    await takeOften();
    t.is(await transact(a, ['PING']), null);
    // Its watches end with it, and the sequence is lent again.
    await a.send('WATCH', 'x');
    await a.close();
    await until('a loan', async () => {
      await takeOften();
      return (await info(server, 'holds')) === 1;
    });
    await server.stop();
  },
);

test.serial('a sequence that the transaction touches is taken from its holder', async (t) => {
  const server = await startSequement({ arguments: TWO_WORKERS });
  const [a, b] = await clientOfEach(server.port);
  for (let i = 0; i < OFTEN; i++) await a.send('INCR', 'x');
  t.is(await info(server, 'holds'), 1);
  const expected = [String(OFTEN + 1), String(OFTEN + 2), 'OK', '8'];
  t.deepEqual(
    await transact(b, ['INCR', 'x'], ['INCR', 'x'], ['SET', 'x', 7], ['INCR', 'x']),
    expected,
  );
  t.is(await a.send('GET', 'x'), '8');
  for (let i = 0; i < OFTEN; i++) await a.send('INCR', 'y');
  t.is(await info(server, 'holds'), 1);
  t.deepEqual(await transact(a, ['INCR', 'y'], ['GET', 'y']), [
    String(OFTEN + 1),
    String(OFTEN + 1),
  ]);
  await server.stop();
});

test.serial(
  'what a transaction changed is there as a whole after a kill -9, or not at all',
  async (t) => {
    let server = await startSequement({ arguments: ['--workers', '1'] });
    for (let round = 0; round < 3; round++) {
      const client = await RawClient.connect(server.port);
      let done = Number((await client.send('GET', 'a')) ?? 0);
      const last = done + 50;
      const sending = (async () => {
        for (let i = done + 1; ; i++) {
          // Long enough that a torn record would show.
          const filler = Array.from({ length: 200 }, (_, j) => ['SET', `filler:${j}`, i]);
          await transact(client, ['SET', 'a', i], ...filler, ['SET', 'b', i]);
          done = i;
        }
      })().catch(() => {});
      await until('some transactions', () => done >= last);
      await server.kill();
      await sending;
      server = await startSequement({ dir: server.dir, arguments: ['--workers', '1'] });
      const [a, b, first, filler] = (await askOnce(
        server.port,
        ...['MGET', 'a', 'b', 'filler:0', 'filler:199'],
      )) as string[];
      t.deepEqual([b, first, filler], [a, a, a]);
      t.true(Number(a) >= done && Number(a) <= done + 1);
    }
    await server.stop();
  },
);

withStrace('a transaction whose entries do not reach the disk has changed nothing', async (t) => {
  t.timeout(60_000);
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const writer = await onlyPidOf(server.pid, 'writer');
  const client = await RawClient.connect(server.port);
  t.deepEqual(await transact(client, ['SET', 'a', 1], ['SET', 'b', 1]), ['OK', 'OK']);
  await client.send('WATCH', 'a');
  const tracer = await Tracer.inject([writer], 'fdatasync,fsync', 'error=EIO');
  isAborted(t, await transact(client, ['SET', 'a', 2], ['DEL', 'b'], ['INCR', 'c']));
  // By now it is known that the log can't be written.
  isAborted(t, await transact(client, ['GET', 'a'], ['SET', 'a', 3]));
  t.deepEqual(await transact(client, ['MGET', 'a', 'b', 'c']), [['1', '1', null]]);
  isMisconfiguration(t, await answered(client, 'SET', 'a', 5));
  await tracer.detach();
  await untilServed(client, 'new');
  t.deepEqual(await transact(client, ['MGET', 'a', 'b', 'c'], ['SET', 'a', 4]), [
    ['1', '1', null],
    'OK',
  ]);
  await server.stop();
});

test.serial('what is watched no more, or was queued with an error, changes nothing', async (t) => {
  const server = await startSequement({ arguments: TWO_WORKERS });
  const [a, b] = await clientOfEach(server.port);
  await a.send('WATCH', 'w');
  t.is(await a.send('UNWATCH'), 'OK');
  await b.send('SET', 'w', 1);
  t.deepEqual(await transact(a, ['GET', 'w']), ['1']);
  for (const wrong of [['NOSUCH'], ['INCR'], ['GET', 'a', 'b']]) {
    const answer = await transact(a, ['INCR', 'w'], wrong).catch((error: Error) => error);
    t.regex(String(answer), /EXECABORT Transaction discarded because of previous errors/);
  }
  t.is(await a.send('GET', 'w'), '1');
  await server.stop();
});

test.serial('nothing expires in the midst of a transaction', async (t) => {
  const server = await startSequement();
  const client = await RawClient.connect(server.port);
  const long = Array.from({ length: 5000 }, () => ['GET', 'y']);
  const [set, ...rest] = (await transact(client, ['SET', 'x', 1, 'PX', 1], ...long, [
    'EXISTS',
    'x',
  ])) as Answer[];
  t.is(set, 'OK');
  t.is(rest.at(-1), '1');
  await client.close();
  await server.stop();
});

test.serial('a client that queues more than a client may keep is closed', async (t) => {
  const server = await startSequement({
    arguments: ['--workers', '1', '--client-query-buffer-limit', '1mb'],
  });
  const client = await RawClient.connect(server.port);
  await client.send('MULTI');
  const word = 'x'.repeat(10_000);
  let queued = 0;
  for (; queued < 200 && !client.isClosed; queued++) {
    await client.send('SET', word, 1).catch(() => {});
  }
  t.true(queued > 90 && queued < 120, `${queued}`);
  await server.stop();
});

test.serial(
  'commands that the worker answers keep their place, and do nothing when EXEC does not',
  async (t) => {
    const server = await startSequement({ arguments: TWO_WORKERS });
    const [a, b] = await byteClientOfEach(server.port);
    const queue = [
      ['MULTI'],
      ['SELECT', 3],
      ['INCR', 'n'],
      ['CLIENT', 'SETNAME', 'me'],
      ['ECHO', 'hi'],
    ];
    await a.ask('WATCH', 'w');
    await b.ask('SET', 'w', 1);
    a.send(...queue, ['EXEC'], ['CLIENT', 'GETNAME'], ['GET', 'n'], ['PING', 'end']);
    t.true((await a.until('end\r\n')).endsWith('*-1\r\n$-1\r\n$-1\r\n$3\r\nend\r\n'));
    a.send(...queue, ['EXEC'], ['CLIENT', 'GETNAME'], ['GET', 'n'], ['PING', 'end']);
    const text = await a.until('end\r\n');
    t.true(
      text.endsWith('*4\r\n+OK\r\n:1\r\n+OK\r\n$2\r\nhi\r\n$2\r\nme\r\n$1\r\n1\r\n$3\r\nend\r\n'),
      JSON.stringify(text),
    );
    await server.stop();
  },
);

test.serial('a subscription within a transaction gets what is published behind it', async (t) => {
  const server = await startSequement({ arguments: TWO_WORKERS });
  const [a, b] = await byteClientOfEach(server.port);
  await a.ask('HELLO', 3);
  a.send(['MULTI'], ['SUBSCRIBE', 'c'], ['SET', 'n', 5], ['EXEC']);
  await a.until('*2\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n+OK\r\n');
  t.is(await b.ask('PUBLISH', 'c', 'first'), ':1\r\n');
  await a.until('>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nfirst\r\n');
  // A message to itself comes before the reply or behind it, not in its midst as in Redis 7.0.
  a.send(['MULTI'], ['PUBLISH', 'c', 'own'], ['SET', 'n', 6], ['EXEC'], ['PING', 'end']);
  const text = await a.until('end\r\n');
  t.true(text.includes('*2\r\n:1\r\n+OK\r\n'));
  t.true(text.includes('>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\nown\r\n'));
  await a.close();
  await until('no subscriber', async () => (await b.ask('PUBLISH', 'c', 'x')) === ':0\r\n');
  await server.stop();
});

withStrace(
  'subscriptions of a transaction that did not reach the disk are taken back',
  async (t) => {
    t.timeout(60_000);
    const server = await startSequement({ arguments: ['--workers', '1'] });
    const writer = await onlyPidOf(server.pid, 'writer');
    const [client, other] = await Promise.all([1, 2].map(() => ByteClient.connect(server.port)));
    if (client === undefined || other === undefined) throw new Error('no clients');
    await client.ask('HELLO', 3);
    await client.ask('SUBSCRIBE', 'left');
    const tracer = await Tracer.inject([writer], 'fdatasync,fsync', 'error=EIO');
    client.send(
      ['MULTI'],
      ['UNSUBSCRIBE', 'left'],
      ['SUBSCRIBE', 'new'],
      ['SET', 'n', 5],
      ['EXEC'],
    );
    await client.until('-EXECABORT');
    await client.ask('PING');
    const counts = '*4\r\n$4\r\nleft\r\n:1\r\n$3\r\nnew\r\n:0\r\n';
    t.is(await other.ask('PUBSUB', 'NUMSUB', 'left', 'new'), counts);
    await other.ask('PUBLISH', 'new', 'lost');
    await other.ask('PUBLISH', 'left', 'found');
    const message = '>3\r\n$7\r\nmessage\r\n$4\r\nleft\r\n$5\r\nfound\r\n';
    t.true((await client.until('found\r\n')).endsWith(message));
    t.notRegex(await client.ask('UNSUBSCRIBE', 'left', 'new'), /lost/);
    t.is(await other.ask('PUBSUB', 'NUMSUB', 'left'), '*2\r\n$4\r\nleft\r\n:0\r\n');
    await tracer.detach();
    await server.stop();
  },
);

runWithRedis('subscriptions within a transaction get the replies of redis-server', async (t) => {
  const servers = await Promise.all([startSequement({ arguments: TWO_WORKERS }), startRedis()]);
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  const clients = await Promise.all(servers.map(({ port }) => ByteClient.connect(port)));
  const transactions = [
    [['PING'], ['SUBSCRIBE', 'a', 'b'], ['PING'], ['GET', 'x'], ['PING', 'x']],
    [['PING'], ['SSUBSCRIBE', 's'], ['UNSUBSCRIBE', 'a'], ['PING'], ['UNSUBSCRIBE', 'b'], ['PING']],
    [
      ['PSUBSCRIBE', 'p*'],
      ['SUNSUBSCRIBE'],
      ['PUNSUBSCRIBE', 'p*'],
      ['PUBSUB', 'NUMPAT'],
      ['PING'],
    ],
    [['HELLO', '3'], ['SUBSCRIBE', 'a'], ['PING'], ['SSUBSCRIBE', 's'], ['CLIENT', 'GETNAME']],
  ];
  for (const transaction of transactions) {
    const answers = clients.map(async (client) => {
      client.send(['MULTI'], ...transaction, ['EXEC'], ['PING', 'end']);
      return (await client.until('end\r\n')).replace(/(\$2\r\nid\r\n:)\d+/, '$1N');
    });
    const [our, its] = await Promise.all(answers);
    t.is(our, its, JSON.stringify(transaction));
  }
});

test.serial('CLIENT LIST tells who queues, who watches, and whose watch is lost', async (t) => {
  const server = await startSequement({ arguments: TWO_WORKERS });
  const [a, b] = await byteClientOfEach(server.port);
  await a.ask('CLIENT', 'SETNAME', 'queueing');
  const line = async () => {
    const list = await b.ask('CLIENT', 'LIST');
    return list.split('\n').find((each) => each.includes(' name=queueing ')) ?? '';
  };
  t.regex(await line(), / flags=N .* multi=-1 .* multi-mem=0 .* watch=0 /);
  await a.ask('WATCH', 'k', 'k', 'l');
  t.regex(await line(), / flags=N .* multi=-1 .* watch=2 /);
  a.send(['MULTI'], ['INCR', 'n']);
  await a.until('+QUEUED\r\n');
  t.regex(await line(), / flags=x .* multi=1 .* multi-mem=21 .* watch=2 /);
  await b.ask('SET', 'k', 1);
  t.regex(await line(), / flags=xd .* multi=1 .* watch=0 /);
  await a.ask('RESET');
  await a.ask('CLIENT', 'SETNAME', 'queueing');
  t.regex(await line(), / flags=N .* multi=-1 .* multi-mem=0 .* watch=0 /);
  await server.stop();
});

function isAborted(t: ExecutionContext, answer: Answer): void {
  t.true(answer instanceof ServerError);
  t.regex(
    String(answer),
    /^-EXECABORT Transaction discarded because of: MISCONF Errors writing to the reservation log: /,
  );
}
