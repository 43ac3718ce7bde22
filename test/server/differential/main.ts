import { parseArgs } from 'node:util';
import { isRedisInstalled, type StartedServer, startRedis, startSequement } from '../start.js';
import { Difference, type Pair, playRound, readable, replay } from './round.js';
import { shorten } from './shorten.js';
import { playTurns } from './turns.js';
import { ask, show } from './wire.js';

/**
 * `npm run diff -- --n 1000000 --seed 1`: random commands to a redis-server and to us, as long as one likes. At a difference
 * it prints the shortest stream that shows it and both replies, and exits with 1.
 */
const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    keep: { type: 'boolean', default: false },
  },
});
const wanted = Number(values.n);
const seed = Number(values.seed);
if (!(wanted > 0) || !Number.isInteger(seed) || !isRedisInstalled()) {
  process.stderr.write(
    'usage: npm run diff -- [--n COMMANDS] [--seed N] [--keep]\n' +
      'Needs redis-server on the PATH. --keep goes on after a difference, and shows each.\n',
  );
  process.exit(2);
}
const ROUND_LENGTH = 200;
const REPORT_EVERY_MS = 10_000;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** With two workers, so that two connections meet at the master. */
async function startBoth(): Promise<{ pair: Pair; stop(): Promise<void> }> {
  const servers: StartedServer[] = await Promise.all([
    startSequement({ arguments: ['--workers', '2'] }),
    startRedis(),
  ]);
  const [ours, redis] = servers.map((server) => server.port) as [number, number];
  return {
    pair: { ours, redis, isRedis: false },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** Each try has fresh servers: what a stream finds there is what it did itself. */
async function tell(found: Difference): Promise<void> {
  const fails = async (commands: Difference['commands']) => {
    const { pair, stop } = await startBoth();
    try {
      return (await replay(pair, commands)) !== undefined;
    } finally {
      await stop();
    }
  };
  const isAlone = await fails(found.commands);
  const commands = isAlone ? await shorten(found.commands, fails) : found.commands.slice(-20);
  say(
    isAlone ? 'the shortest stream that differs:' : 'differs only after earlier rounds; its end:',
  );
  for (const command of commands) say(readable(command));
  say(`we:    ${found.ours === undefined ? 'nothing' : show(found.ours)}`);
  say(`Redis: ${found.redis === undefined ? 'nothing' : show(found.redis)}`);
}

say(`seed ${seed}`);
const startedMs = performance.now();
const { pair, stop } = await startBoth();
let reportedMs = startedMs;
let differences = 0;
let played = 0;
for (let round = seed; played < wanted; round++) {
  try {
    // One in five is played over two connections.
    const play = round % 5 === 0 ? playTurns : playRound;
    played += await play(pair, round, ROUND_LENGTH);
  } catch (error) {
    if (!(error instanceof Difference)) throw error;
    differences++;
    say(`\nround ${round}, ${error.message.split('\n', 1)[0]}`);
    await tell(error);
    if (!values.keep) break;
    // What differs now would differ in all that follows.
    for (const port of [pair.ours, pair.redis]) await ask(port, [['FLUSHALL']]);
  }
  const nowMs = performance.now();
  if (nowMs - reportedMs >= REPORT_EVERY_MS) {
    reportedMs = nowMs;
    const rate = Math.round((played * 1000) / (nowMs - startedMs));
    say(`${played} commands, ${rate} a second, ${differences} differences`);
  }
}
await stop();
say(differences === 0 ? `no difference in ${played} commands` : `${differences} differences`);
process.exit(differences === 0 ? 0 : 1);
