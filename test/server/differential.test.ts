import test from 'ava';
import { tableEntries } from '#dist/commands/table.js';
import { MALFORMED } from './differential/malformed.js';
import { startPair } from './differential/pair.js';
import { playCommands, playRound } from './differential/round.js';
import { playSteps, randomSteps } from './differential/transactions.js';
import { playTurns } from './differential/turns.js';
import { ask, converse, type Reply, show } from './differential/wire.js';
import { isRedisInstalled, isSequementBuilt } from './start.js';

/**
 * The same bytes to redis-server and to us, and the same bytes back.
 *
 *     SEQUEMENT_SEED=…      where the streams start: the suite plays the same ones every time, `npm run diff` new ones
 *     SEQUEMENT_ROUNDS=…    how many (default 60)
 *     SEQUEMENT_PEER=redis  two redis-servers: tests the test
 */
const seed = Number(process.env.SEQUEMENT_SEED ?? 1);
const rounds = Number(process.env.SEQUEMENT_ROUNDS ?? 60);
const isRedis = process.env.SEQUEMENT_PEER === 'redis';
const ROUND_LENGTH = 200;

const canRun = isRedisInstalled() && (isRedis || isSequementBuilt());
// On a developer's machine Redis may be missing; where it must be there, silence would hide that nothing ran.
const run = canRun || process.env.CI !== undefined ? test.serial : test.serial.skip;

run('random streams of commands get the replies of redis-server', async (t) => {
  t.log(`SEQUEMENT_SEED=${seed}`);
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  for (let round = 0; round < rounds; round++) {
    try {
      await playRound(pair, seed + round, ROUND_LENGTH);
    } catch (error) {
      t.fail(`SEQUEMENT_SEED=${seed + round}: ${error instanceof Error ? error.message : error}`);
      return;
    }
  }
  t.pass();
});

run('two connections in turns get the replies of redis-server', async (t) => {
  t.log(`SEQUEMENT_SEED=${seed}`);
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  for (let round = 0; round < Math.ceil(rounds / 10); round++) {
    await t.notThrowsAsync(
      playTurns(pair, seed + round, ROUND_LENGTH),
      `SEQUEMENT_SEED=${seed + round}`,
    );
  }
});

run('two clients that watch and queue get the replies of redis-server', async (t) => {
  t.log(`SEQUEMENT_SEED=${seed}`);
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  for (let round = 0; round < rounds / 2; round++) {
    try {
      await playSteps(pair.ours, pair.redis, randomSteps(seed + round, ROUND_LENGTH));
    } catch (error) {
      t.fail(`SEQUEMENT_SEED=${seed + round}: ${error instanceof Error ? error.message : error}`);
      return;
    }
  }
  t.pass();
});

run('malformed requests get the bytes and the close of redis-server', async (t) => {
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  for (const request of MALFORMED) {
    const bytes = Buffer.from(request, 'latin1');
    const [ours, redis] = await Promise.all([
      converse(pair.ours, [bytes]),
      converse(pair.redis, [bytes]),
    ]);
    t.is(show(ours), show(redis), show(bytes));
  }
});

run('a connection without the password gets the replies of redis-server', async (t) => {
  const pair = await startPair(isRedis, '--requirepass', 'secret');
  t.teardown(() => pair.stop());
  const before = [
    ['GET', 'a'],
    ['NOSUCH'],
    ['GET'],
    ['EXEC'],
    ['EXEC', 'x'],
    ['CONFIG', 'FOO'],
    ['PING'],
    ['HELLO'],
    ['HELLO', '3'],
    ['HELLO', '4'],
    ['HELLO', '3', 'FOO'],
    ['HELLO', '3', 'AUTH', 'default', 'wrong'],
    ['HELLO', '3', 'AUTH', 'nobody', 'secret'],
    ['AUTH', 'wrong'],
    ['AUTH', ''],
    ['AUTH', 'nobody', 'secret'],
    ['AUTH', 'DEFAULT', 'secret'],
    ['AUTH', 'a', 'b', 'c'],
    ['AUTH'],
    ['RESET'],
    ['AUTH', 'secret '],
    ['GET', 'a'],
  ];
  const after = [
    ['GET', 'a'],
    ['AUTH', 'wrong'],
    ['INCR', 'a'],
    ['RESET'],
    ['GET', 'a'],
    ['AUTH', 'secret'],
    ['GET', 'a'],
    ['QUIT'],
  ];
  await t.notThrowsAsync(
    playCommands(pair, seed, [...before, ['AUTH', 'default', 'secret'], ...after]),
  );
  await t.notThrowsAsync(playCommands(pair, seed, [...before, ['AUTH', 'secret'], ...after]));
  await t.notThrowsAsync(playCommands(pair, seed, [...before, ['QUIT']]));
});

run('COMMAND INFO tells of each command what redis-server tells of it', async (t) => {
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  const entries = tableEntries();
  const names = entries.flatMap((entry) => [
    entry.name,
    ...(entry.runs === 'container' ? entry.subcommands.map((command) => command.name) : []),
  ]);
  for (const version of ['2', '3']) {
    for (const name of names) {
      const words = [
        ['HELLO', version],
        ['COMMAND', 'INFO', name],
      ];
      const [ours, redis] = await Promise.all([ask(pair.ours, words), ask(pair.redis, words)]);
      const [our, its] = [ours[1]?.parts[0], redis[1]?.parts[0]];
      // Nine elements: we have some subcommands less, and some that came after 7.0.
      const nine = (info: Reply | undefined) => info?.parts.slice(0, 9).map(({ raw }) => show(raw));
      if (its?.parts.length === 10) t.deepEqual(nine(our), nine(its), name);
    }
  }
});

/** All texts of a reply. */
function shape(reply: Reply): string {
  return reply.parts.length === 0 ? reply.text : `(${reply.parts.map(shape).join(' ')})`;
}

/** What COMMAND DOCS tells of a command but for its prose, subcommands with their names: field and value, sorted. */
function facts(docs: Reply | undefined): string[] {
  const fields: string[] = [];
  const parts = docs?.parts ?? [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const name = parts[i]?.text ?? '';
    const value = parts[i + 1] as Reply;
    if (['summary', 'complexity', 'history', 'subcommands'].includes(name)) continue;
    // A value is an integer here, a string there.
    fields.push(
      `${name}: ${shape(value).replace('name value type string', 'name value type integer')}`,
    );
  }
  return fields;
}

run(
  'COMMAND DOCS tells of each command what redis-server tells of it, in other words',
  async (t) => {
    const pair = await startPair(isRedis);
    t.teardown(() => pair.stop());
    const names = tableEntries().flatMap((entry) => [
      entry.name,
      ...(entry.runs === 'container' ? entry.subcommands.map((command) => command.name) : []),
    ]);
    for (const name of names) {
      const words = [['COMMAND', 'DOCS', name]];
      const [ours, redis] = await Promise.all([ask(pair.ours, words), ask(pair.redis, words)]);
      const its = redis[0]?.parts[1];
      if (its !== undefined) {
        t.deepEqual(facts(ours[0]?.parts[1]), facts(its), name);
      }
    }
  },
);

run('an iteration with SCAN finds every name', async (t) => {
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  const names = Array.from({ length: 500 }, (_, i) => `name:${i}`);
  const mset = ['MSET', ...names.flatMap((name) => [name, '1'])];
  for (const port of [pair.ours, pair.redis]) {
    await ask(port, [mset]);
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [reply] = await ask(port, [['SCAN', cursor, 'COUNT', '7', 'MATCH', 'name:*']]);
      for (const name of reply?.parts[1]?.parts ?? []) found.add(name.text);
      cursor = reply?.parts[0]?.text ?? '';
    } while (cursor !== '0');
    t.deepEqual([...found].sort(), [...names].sort());
  }
});
