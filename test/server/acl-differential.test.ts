import test from 'ava';
import { CATEGORIES } from '#dist/commands/categories.js';
import { allCommands, tableEntries } from '#dist/commands/table.js';
import { ByteClient } from './byte-client.js';
import { dryRuns, randomAclRequest, randomAclSteps } from './differential/acl-stream.js';
import { startPair } from './differential/pair.js';
import { Random } from './differential/random.js';
import { playCommands } from './differential/round.js';
import { playSteps } from './differential/transactions.js';
import { ask } from './differential/wire.js';
import { isRedisInstalled, isSequementBuilt } from './start.js';

/** The same requests about users to redis-server and to us; how to play a round again: differential.test.ts. */
const seed = Number(process.env.SEQUEMENT_SEED ?? 1);
const rounds = Number(process.env.SEQUEMENT_ROUNDS ?? 40);
const isRedis = process.env.SEQUEMENT_PEER === 'redis';
const ROUND_LENGTH = 200;

const canRun = isRedisInstalled() && (isRedis || isSequementBuilt());
const run = canRun || process.env.CI !== undefined ? test.serial : test.serial.skip;

run('random streams about users and rights get the replies of redis-server', async (t) => {
  t.log(`SEQUEMENT_SEED=${seed}`);
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  for (let round = 0; round < rounds; round++) {
    const random = new Random(seed + round);
    const requests: string[][] = random.chance(0.5) ? [['HELLO', '3']] : [];
    while (requests.length < ROUND_LENGTH) {
      if (random.chance(0.1)) requests.push(dryRuns(random));
      else requests.push(...randomAclRequest(random));
    }
    // Who may say the last word.
    requests.push(['AUTH', 'default', 'x']);
    try {
      await playCommands(pair, seed + round, requests);
    } catch (error) {
      t.fail(`SEQUEMENT_SEED=${seed + round}: ${error instanceof Error ? error.message : error}`);
      return;
    }
  }
  t.pass();
});

run('a user whose rights change while it queues gets the replies of redis-server', async (t) => {
  t.log(`SEQUEMENT_SEED=${seed}`);
  const pair = await startPair(isRedis);
  t.teardown(() => pair.stop());
  for (let round = 0; round < rounds; round++) {
    try {
      await playSteps(pair.ours, pair.redis, randomAclSteps(seed + round, 150));
    } catch (error) {
      t.fail(`SEQUEMENT_SEED=${seed + round}: ${error instanceof Error ? error.message : error}`);
      return;
    }
  }
  t.pass();
});

/** What is denied within a script or a transaction, and what may be queued. */
const WITHIN = `
ACL LOG RESET;ACL SETUSER one on nopass +@all -incr -mget ~a &x;AUTH one x;EVAL return{redis.pcall('incr','a')} 0
EVAL return{redis.pcall('get',ARGV[1])} 0 b;EVAL return{redis.pcall('publish','y','z')} 0;EVAL return{redis.pcall('get','a')} 0
MULTI;EVAL return{redis.pcall('incr','a')} 0;AUTH nobody x;GET b;CLIENT GETNAME;EXEC
MULTI;EVAL return{redis.pcall('mget','a')} 0;AUTH nobody x;EXEC;MULTI;MODULE LOAD x;EXEC;MULTI;MODULE UNLOAD x;MODULE LIST;EXEC
MULTI;MODULE LOADEX x;MODULE HELP;DISCARD;AUTH default x;ACL LOG;ACL LOG 2;ACL DELUSER one`;

/** A transaction that takes rights from its own user, or gives it some: each command goes by those of its turn. */
const OWN_RIGHTS = `
ACL LOG RESET;SET a 0;ACL SETUSER one on nopass +@all ~* &*;AUTH one x
MULTI;INCR a;ACL SETUSER one -incr;INCR a;GET a;CLIENT GETNAME;EVAL return{redis.pcall('incr','a')} 0;EXEC
MULTI;ACL SETUSER one -client resetkeys ~a;CLIENT GETNAME;GET a;GET b;MGET a b;SELECT 1;PING;EXEC
MULTI;ACL SETUSER one +client +incr;CLIENT GETNAME;INCR a;SETNX a 1;EXEC;CLIENT GETNAME;INCR a
MULTI;ACL SETUSER one resetchannels &x;PUBLISH x m;PUBLISH y m;PING;SUBSCRIBE y;PUBLISH x m;EXEC;PUBSUB NUMSUB y;INCR a
MULTI;ACL SETUSER one -ping;PING;DBSIZE;ACL SETUSER one +ping -dbsize;PING;DBSIZE;EXEC
MULTI;CONFIG SET timeout 0;INCR a;ACL WHOAMI;EXEC;MULTI;INCR a;ACL SETUSER one off nocommands;INCR a;EXEC;INCR a
AUTH default x;ACL LOG;ACL DELUSER one`;

run(
  'what is denied within scripts and transactions is logged as redis-server logs it',
  async (t) => {
    const pair = await startPair(isRedis);
    t.teardown(() => pair.stop());
    const [ours, redis] = await Promise.all([
      ByteClient.connect(pair.ours),
      ByteClient.connect(pair.redis),
    ]);
    const [our, its] = await Promise.all([play(ours, WITHIN), play(redis, WITHIN)]);
    t.is(our, its);
    const own = await Promise.all([play(ours, OWN_RIGHTS), play(redis, OWN_RIGHTS)]);
    t.is(own[0], own[1]);
  },
);

/** The replies to all of it, one after the other. */
async function play(client: ByteClient, lines: string): Promise<string> {
  let text = '';
  let isQueueing = false;
  for (const line of lines.trim().split(/[;\n]/)) {
    const words = line.split(' ');
    if (line === 'MULTI') isQueueing = true;
    if (line === 'EXEC' || line === 'DISCARD') isQueueing = false;
    if (isQueueing) {
      client.send(words);
      text += await client.until('\r\n');
    } else text += await client.ask(...words);
  }
  return comparable(text);
}

/** Without ages, addresses, and the fields of a client's line that tell of memory or are younger than Redis 7.0. */
function comparable(text: string): string {
  return text
    .replace(/ age=\d+ idle=\d+ /g, ' ')
    .replace(/(age-seconds\r\n)\$\d+\r\n[\d.]+/g, '$1AGE')
    .replace(/\$\d+\r\nid=\d+ .* name=(.*) qbuf=.*( cmd=.* user=\S+) .*\r/g, 'CLIENT $1$2\r');
}

run(
  'a category has the commands that redis-server has in it, as far as they are here',
  async (t) => {
    const pair = await startPair(isRedis);
    t.teardown(() => pair.stop());
    const ours = new Set([...allCommands(), ...tableEntries()].map(({ name }) => name));
    const [all] = await ask(pair.redis, [['COMMAND', 'LIST']]);
    const redis = new Set(all?.parts.map(({ text }) => text));
    for (const category of CATEGORIES.filter((name) => name !== 'sequence')) {
      const words = [['ACL', 'CAT', category]];
      const [our, its] = await Promise.all([ask(pair.ours, words), ask(pair.redis, words)]);
      const names = (reply: typeof our) => reply[0]?.parts.map(({ text }) => text).sort() ?? [];
      t.deepEqual(
        names(our).filter((name) => redis.has(name.split('|')[0] ?? '') && isOfRedis(name)),
        names(its).filter((name) => ours.has(name)),
        category,
      );
    }
    function isOfRedis(name: string): boolean {
      // Subcommands that came after 7.0.
      return !['client|setinfo', 'client|no-touch'].includes(name);
    }
  },
);
