import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { seeded } from './load.js';
import { MixedLoad } from './mixed-load.js';
import { kill, killTree, until, untilPidsOf } from './processes.js';
import { SetClock } from './set-clock.js';
import { startSequement } from './start.js';

const LIVES = 6;
const ANSWERS_IN_A_LIFE = 120;
const OFFSETS_MS = [0, 30, 3000, -3000, 86_400_000, -86_400_000];
/** A process may be kept from running between its looks at two clocks. */
const LAG_MS = 2000;

test.serial(
  'transactions and deadlines keep what they promise over kills -9 and a clock that is set',
  async (t) => {
    t.timeout(110_000);
    const seed = Number(process.env.SEED ?? 20090405);
    t.log(`seed ${seed}`);
    const random = seeded(seed);
    const clock = new SetClock();
    const history = new History(Date.now);
    const options = {
      arguments: ['--workers', '2', '--reserve-block', '5', '--auto-compact-min-size', '2000'],
      environment: clock.environment,
    };
    let server = await startSequement(options);
    const { port, dir } = server;
    const wallMs = () => Date.now() + clock.offsetMs;
    const load = new MixedLoad({ port, connections: 4, history, random, wallMs });
    const step = async () => {
      const before = load.answered;
      await until('some answers', () => load.answered > before + ANSWERS_IN_A_LIFE / 2);
      await load.still(() => {
        clock.set(OFFSETS_MS[Math.floor(random() * OFFSETS_MS.length)] as number);
        history.clockSet(clock.offsetMs);
      });
    };
    let bornAt = history.now;
    // On a machine with other work, the server kills a worker that can't answer in time, and with it what that one was lent.
    const tellKilled = () => {
      if (!server.stdout.includes('does not answer')) return;
      history.events.push({ at: bornAt, kind: 'workerDeath', atMs: Date.now() });
    };
    for (let life = 1; life < LIVES; life++) {
      await step();
      if (random() < 0.5) {
        const [worker] = await untilPidsOf(server.pid, 'worker', 2);
        kill(worker as number);
        history.happened('workerDeath');
      }
      await step();
      await killTree(server);
      tellKilled();
      history.happened('crash');
      bornAt = history.now;
      server = await startSequement({ ...options, dir, port });
    }
    await step();
    await load.stop();
    t.is(await server.stop(), 0, server.stdout);
    tellKilled();
    const undecided: string[] = [];
    const problems = problemsOf(history, {
      gaps: 'over crashes',
      isSearched: true,
      lagMs: LAG_MS,
      budget: 200_000,
      onUndecided: (keys) => undecided.push(...keys),
    });
    t.log(`${load.answered} answers; undecided: ${undecided.join(', ') || 'nothing'}`);
    t.deepEqual(load.strange, []);
    t.deepEqual(problems, []);
  },
);
