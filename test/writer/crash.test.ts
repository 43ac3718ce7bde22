import test from 'ava';
import { entry, loadOrRefusal, request, type State } from '../store/log-tools.js';
import { diskError, type MemoryDisk, seeded } from '../store/memory-disk.js';
import { Harness, quiet } from './harness.js';

/**
 * A master reduced to what matters here: it raises ceilings, knows which are acknowledged, and writes bases. Its disk
 * answers late, in another order for each seed, may fail, and stops for good at one operation.
 */
class Run {
  readonly harness: Harness;
  readonly random: () => number;
  /** What the master has in memory. */
  readonly sent: State = new Map();
  readonly acknowledged: State = new Map();
  readonly #appends: (readonly [lsn: number, name: string, ceiling: number])[] = [];
  #seen = 0;
  #failures = 0;
  #isCompacting = false;
  isDead = false;

  constructor(random: () => number, stopAt: number, faultRate: number, disk?: MemoryDisk) {
    this.random = random;
    this.harness = new Harness(disk, Math.floor(random() * 1e9));
    const target = this.harness.disk;
    target.operations = 0;
    target.hook = ({ kind }) => {
      if (target.operations >= stopAt) {
        this.isDead = true;
        return new Promise(() => {});
      }
      if (kind !== 'read' && kind !== 'open' && this.random() < faultRate) {
        throw diskError(this.random() < 0.5 ? 'EIO' : 'ENOSPC');
      }
      return turns(Math.floor(this.random() * 4));
    };
  }

  async open(): Promise<void> {
    this.harness.send({ type: 'open', open: request() });
    while (!this.isDead && this.harness.count('opened') + this.harness.count('refused') === 0) {
      await turns(1);
    }
  }

  /** Does `steps` things; stops when the disk has. */
  async go(steps: number): Promise<void> {
    for (let step = 0; step < steps && !this.isDead; step++) {
      this.see();
      if (this.random() < 0.6) this.#append();
      else if (!this.#isCompacting && this.random() < 0.3) await this.#compact();
      await turns(Math.floor(this.random() * 3));
    }
    await quiet();
    this.see();
  }

  #append(): void {
    const name = `s${Math.floor(this.random() * 6)}`;
    const ceiling = (this.sent.get(name) ?? 0) + 1 + Math.floor(this.random() * 9);
    this.sent.set(name, ceiling);
    this.#appends.push([this.harness.append(name, ceiling), name, ceiling]);
  }

  async #compact(): Promise<void> {
    this.#isCompacting = true;
    this.harness.send({ type: 'baseBegin', failures: this.#failures });
    for (const name of [...this.sent.keys()]) {
      this.harness.slice(entry(name, this.sent.get(name) as number));
      if (this.random() < 0.5) this.#append();
      if (this.random() < 0.5) await turns(1);
    }
    this.harness.send({ type: 'baseEnd' });
    if (this.random() < 0.5) this.#append();
  }

  /** Takes the reports that came since the last time. */
  see(): void {
    const { reports } = this.harness;
    for (; this.#seen < reports.length; this.#seen++) {
      const report = reports[this.#seen];
      if (report?.type === 'durable') this.#acknowledge(report.lsn);
      if (report?.type === 'failed') this.#failures++;
      if (
        report?.type === 'failed' ||
        report?.type === 'switched' ||
        report?.type === 'baseFailed'
      ) {
        this.#isCompacting = false;
      }
    }
  }

  #acknowledge(durable: number): void {
    for (const [lsn, name, ceiling] of this.#appends) {
      if (lsn <= durable) {
        this.acknowledged.set(name, Math.max(ceiling, this.acknowledged.get(name) ?? 0));
      }
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What is wrong with the log that a crash left, or undefined. */
async function judge(run: Run, crashed: MemoryDisk): Promise<string | undefined> {
  const loaded = await loadOrRefusal(crashed);
  if (typeof loaded === 'string') return `refused: ${loaded}`;
  for (const [name, ceiling] of run.acknowledged) {
    const found = loaded.state.get(name) ?? 0;
    if (found < ceiling) return `${name} went back from ${ceiling} to ${found}`;
  }
  for (const [name, ceiling] of loaded.state) {
    if (ceiling > (run.sent.get(name) ?? 0))
      return `${name} is at ${ceiling}, which was never sent`;
  }
  return undefined;
}

async function crashAt(stopAt: number, seed: number, faultRate: number): Promise<Run> {
  const run = new Run(seeded(seed), stopAt, faultRate);
  await run.open();
  if (run.harness.count('opened') > 0) await run.go(150);
  return run;
}

test('a crash at any disk operation, with any part of the unsynced writes, loses nothing acknowledged', async (t) => {
  let acknowledged = 0;
  let stops = 0;
  for (let stopAt = 1; stopAt < 150; stopAt++) {
    for (const seed of [stopAt, 1000 + stopAt, 2000 + stopAt]) {
      const run = await crashAt(stopAt, seed, 0);
      acknowledged += run.acknowledged.size;
      stops += run.isDead ? 1 : 0;
      for (let variant = 0; variant < 6; variant++) {
        const crashed = run.harness.disk.crash(seeded(seed * 31 + variant));
        const problem = await judge(run, crashed);
        if (problem !== undefined) return t.fail(`stop ${stopAt}, seed ${seed}: ${problem}`);
      }
    }
  }
  t.log(`${acknowledged} acknowledged, ${stops} stops`);
  t.true(acknowledged > 500);
  t.true(stops > 300);
});

test('failing disks, bases tried again, and crashes between lose nothing acknowledged', async (t) => {
  let failures = 0;
  let switches = 0;
  for (let seed = 1; seed <= 250; seed++) {
    const run = await crashAt(10 + (seed % 160), seed, 0.03);
    failures += run.harness.count('failed');
    switches += run.harness.count('switched');
    for (let variant = 0; variant < 4; variant++) {
      const crashed = run.harness.disk.crash(seeded(seed * 31 + variant));
      const problem = await judge(run, crashed);
      if (problem !== undefined) return t.fail(`seed ${seed}: ${problem}`);
    }
  }
  t.log(`${failures} failures, ${switches} switches`);
  t.true(failures > 30);
  t.true(switches > 100);
});

test('a crash during the recovery from a crash loses nothing acknowledged', async (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const run = await crashAt(40 + seed, seed, 0);
    const crashed = run.harness.disk.crash(seeded(seed));
    for (let stopAt = 1; stopAt < 14; stopAt++) {
      const again = new Run(
        seeded(seed),
        stopAt,
        0,
        crashed.crash(() => 0),
      );
      await again.open();
      const twice = again.harness.disk.crash(seeded(seed * stopAt));
      const problem = await judge(run, twice);
      if (problem !== undefined) return t.fail(`seed ${seed}, stop ${stopAt}: ${problem}`);
    }
  }
  t.pass();
});

test('a disk that stops failing leaves everything acknowledged in the end', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const run = await crashAt(Number.POSITIVE_INFINITY, seed, 0.03);
    if (run.harness.count('opened') === 0) continue;
    run.harness.disk.hook = () => undefined;
    await quiet();
    run.see();
    const failures = run.harness.count('failed');
    run.harness.base(failures, ...[...run.sent].map(([name, ceiling]) => entry(name, ceiling)));
    const lsn = run.harness.append('last', 1);
    run.sent.set('last', 1);
    await run.harness.untilDurable(lsn);
    run.see();
    const loaded = await loadOrRefusal(run.harness.disk.crash(() => 0));
    if (typeof loaded === 'string') return t.fail(loaded);
    t.deepEqual([...loaded.state].sort(), [...run.sent].sort(), `seed ${seed}`);
  }
});
