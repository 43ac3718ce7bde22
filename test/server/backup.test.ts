import { join } from 'node:path';
import test from 'ava';
import { restore } from '#dist/cli/restore.js';
import { readEntries } from '#dist/protocol/entry.js';
import { readLog } from '#dist/store/log/read-log.js';
import { NodeDisk } from '#dist/store/node-disk.js';
import { run } from '../cli/run.js';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { kill, onlyPidOf, until } from './processes.js';
import { askOnce } from './raw-client.js';
import { startSequement, temporaryDirectory } from './start.js';

const BACKUPS = 20;
const KEYS = ['orders', 'invoices', 'users'];
/** Restored by the executable and served from; the others are restored and read. */
const SERVED = [0, 11, 19];
/** A machine with other work may take long to put a dead writer in its place. */
const WITHIN_MS = 60_000;

/** The ceiling of each key in the log of a directory. */
async function ceilingsIn(dir: string): Promise<Map<string, bigint>> {
  const ceilings = new Map<string, bigint>();
  const file = await new NodeDisk().openToRead(join(dir, 'sequement.log'));
  const take = (bytes: Buffer, start: number, end: number) => {
    readEntries(bytes, start, end, {
      state: (_database, _flags, ceiling, name, from, to) =>
        ceilings.set(name.toString('latin1', from, to), BigInt(ceiling)),
      remove() {},
      flush() {},
    });
    return undefined;
  };
  await readLog(file, take, () => {});
  await file.close();
  return ceilings;
}

test('twenty backups under load, each restored with a jump over what was served since, repeat nothing', async (t) => {
  t.timeout(110_000);
  const random = seeded(7);
  const history = new History();
  const backups = temporaryDirectory();
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const { port, dir } = server;
  const load = new Load({ port, keys: KEYS, connections: 2, depth: 8, history, random });
  await until('answers from every sequence', () => load.hasServedSince(0), WITHIN_MS);

  const before: Map<string, bigint>[] = [];
  let isOver = false;
  let compactions = 0;
  const compacting = (async () => {
    while (!isOver) {
      const answer = await askOnce(port, 'BGREWRITEAOF');
      if (String(answer).startsWith('Background')) compactions++;
      const wanted = load.answered + 20;
      await until('some answers', () => load.answered > wanted || isOver, WITHIN_MS);
    }
  })();
  for (let number = 0; number < BACKUPS; number++) {
    before.push(new Map(KEYS.map((key) => [key, history.highest(key)])));
    // Another one goes on behind what was acknowledged, and cuts what was not.
    if (number % 8 === 3) kill(await onlyPidOf(server.pid, 'writer'));
    const outcome = await run(['backup', dir, join(backups, `${number}`)]);
    t.is(outcome.status, 0, outcome.stderr);
    t.regex(outcome.stdout, /entries, \d+ bytes, verified/);
  }
  isOver = true;
  await compacting;
  await load.stop();
  t.true(compactions >= BACKUPS, `${compactions} compactions`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.log(`${history.operations.length} takes, ${compactions} compactions`);
  t.is(await server.stop(), 0);

  for (let number = 0; number < BACKUPS; number++) {
    const served = KEYS.map((key) => history.highest(key) - (before[number]?.get(key) ?? 0n));
    const jump = served.reduce((most, each) => (each > most ? each : most), 0n) + 1n;
    const target = temporaryDirectory();
    const path = join(backups, `${number}`);
    if (!SERVED.includes(number)) {
      const advance = Number(jump);
      const options = { advance, nothingWasServedSince: false, force: false };
      await restore(path, target, options, { write: () => true });
      const ceilings = await ceilingsIn(target);
      for (const key of KEYS) t.true((ceilings.get(key) ?? 0n) > history.highest(key), key);
      continue;
    }
    const outcome = await run(['restore', path, target, '--advance', String(jump)]);
    t.is(outcome.status, 0, outcome.stderr);
    const restored = await startSequement({ dir: target });
    for (const key of KEYS) {
      const next = await askOnce(restored.port, 'INCR', key);
      t.true(BigInt(String(next)) > history.highest(key), `${key} of backup ${number}: ${next}`);
    }
    t.regex(String(await askOnce(restored.port, 'INFO', 'persistence')), /\r\nlog_epoch:2\r\n/);
    await restored.stop();
    // A clean stop writes a new log: the epoch stays.
    const again = await startSequement({ dir: target });
    t.regex(String(await askOnce(again.port, 'INFO', 'persistence')), /\r\nlog_epoch:2\r\n/);
    await again.stop();
  }
});
