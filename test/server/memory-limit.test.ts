import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { until } from './processes.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;
const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

runWithRedis(
  'over maxmemory the same commands are refused as in Redis, in transactions too',
  async (t) => {
    const said: string[][] = [];
    for (const start of [startSequement, startRedis]) {
      const server = await start();
      const client = await ByteClient.connect(server.port);
      const answers: string[] = [];
      let isQueueing = false;
      const ask = async (line: string) => {
        const words = line.split(' ');
        const [name] = words;
        isQueueing = name === 'MULTI' || (isQueueing && name !== 'EXEC' && name !== 'DISCARD');
        // A PING that marks the end would be queued.
        if (isQueueing) client.send(words);
        const answer = isQueueing ? await client.until('\r\n') : await client.ask(...words);
        answers.push(`${line}: ${answer}`);
      };
      await ask('SET x 5');
      await ask('MULTI');
      await ask('INCR x');
      const other = await ByteClient.connect(server.port);
      answers.push(await other.ask('CONFIG', 'SET', 'maxmemory', '1'));
      await ask('PING');
      await ask('EXEC');
      for (const line of [
        ...[
          'INCR x',
          'DECRBY x 2',
          'SET x 7',
          'MSET a 1 b 2',
          'SETEX a 10 1',
          'GETSET x 1',
          'SETNX y 1',
        ],
        ...[
          'GET x',
          'DEL y',
          'EXPIRE x 100',
          'PERSIST x',
          'RENAME x z',
          'RENAME z x',
          'COPY x w',
          'TTL x',
        ],
        ...[
          'GETEX x',
          'GETDEL nosuch',
          'PUBLISH a b',
          'INCR',
          'NOSUCH',
          'DBSIZE',
          'SWAPDB 0 1',
          'SWAPDB 0 1',
        ],
        ...[
          "EVAL return{redis.pcall('incr','x'),redis.pcall('get','x')} 0",
          "EVAL return{redis.pcall('del','q'),redis.pcall('incr','x')} 0",
          "EVAL return(redis.call('set','s',1)) 0",
          "EVAL_RO return(redis.call('get','x')) 0",
          `EVAL #!lua\nreturn(redis.call('get','x')) 0`,
          `EVAL #!lua\tflags=allow-oom\nreturn(redis.call('incr','x')) 0`,
          `EVAL #!lua\tflags=no-writes\nreturn(redis.call('get','x')) 0`,
        ],
        ...['MULTI', 'GET x', 'DISCARD', 'MULTI', 'EXEC', 'WATCH x', 'UNWATCH'],
        ...[
          'CONFIG GET maxmemory',
          'CONFIG GET maxmemory-policy',
          'CONFIG SET maxmemory-policy nosuch',
        ],
        ...['CONFIG SET maxmemory-policy noeviction', 'CONFIG SET maxmemory abc'],
        ...['CONFIG SET maxmemory 100mb', 'INCR x', 'MULTI', 'INCR x', 'EXEC', 'FLUSHALL'],
      ]) {
        await ask(line);
      }
      answers.push(
        String(/maxmemory:.*|maxmemory_human:.*/.exec(await client.ask('INFO', 'memory'))),
      );
      said.push(answers);
      await Promise.all([client.close(), other.close()]);
      await server.stop();
    }
    t.deepEqual(said[0], said[1]);
  },
);

test.serial(
  'the limit holds over all workers, for holds as well, and ends when there is room',
  async (t) => {
    const server = await startSequement({ arguments: ['--workers', '2', '--maxmemory', '1100kb'] });
    const [a, b] = await byteClientOfEach(server.port);
    for (let i = 0; i < 300; i++) t.is(await a.ask('INCR', 'held'), `:${i + 1}\r\n`);
    let names = 0;
    await until('the limit', async () => {
      const before = names;
      names += 100;
      const words = Array.from({ length: 100 }, (_, i) => `INCR name:${before + i}\r\n`);
      b.socket.write(`${words.join('')}`);
      const mark = await b.ask('PING', `${before}`);
      return mark.includes(OOM);
    });
    // 34 bytes and their slot, each; a frame that is under way may go beyond.
    t.true(names > 1500 && names < 4000, `${names} names`);
    t.is(await a.ask('INCR', 'held'), OOM);
    t.is(await b.ask('INCR', 'held'), OOM);
    t.is(await b.ask('GET', 'held'), '$3\r\n300\r\n');
    const used = /used_memory_sequences:(\d+)/.exec(await a.ask('INFO', 'memory'))?.[1];
    t.true(Number(used) > 1100 * 1024);
    const gone = Array.from({ length: names }, (_, i) => `name:${i}`);
    t.regex(await a.ask('DEL', ...gone), /^:\d+\r\n$/);
    t.is(await a.ask('INCR', 'held'), ':301\r\n');
    await until('the other worker', async () => (await b.ask('INCR', 'other')) !== OOM);
    t.regex(
      await a.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'),
      /a sequence that was forgotten would repeat its numbers: only noeviction is possible/,
    );
    await Promise.all([a.close(), b.close()]);
    await server.stop();
  },
);
