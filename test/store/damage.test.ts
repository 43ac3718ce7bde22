import test, { type ExecutionContext } from 'ava';
import { checkFile } from '#dist/cli/check.js';
import type { FixOptions } from '#dist/cli/fix.js';
import { FILE_HEADER, RECORD_HEADER } from '#dist/protocol/record.js';
import { DIR, draft, entry, identity, LOG, load, loadBytes, type State } from './log-tools.js';
import { MemoryDisk } from './memory-disk.js';

/** A log as its server left it, with every batch acknowledged and proved. */
interface Intact {
  readonly bytes: Buffer;
  readonly baseSize: number;
  /** Where records begin or end, and what had been acknowledged when the log ended there. */
  readonly ends: ReadonlyMap<number, State>;
  readonly state: State;
  /** The highest ceiling that each name ever had. */
  readonly highest: State;
}

/** More than any sequence below gets anywhere. */
const ADVANCE = 10_000;
const WORDS: FixOptions = { advance: ADVANCE, namesMayBeMissing: true };

/** A removed sequence that is used again, one that stays removed, some that are only in the tail, and one with a name so long. */
async function serve(isCompacted: boolean, longest: number): Promise<Intact> {
  const disk = new MemoryDisk();
  const { log } = await load(disk);
  const long = 'n'.repeat(longest);
  const batches: [string, number][][] = [
    [['a', 110]],
    [['gone', 40]],
    [
      ['again', 900],
      ['b', 130],
    ],
    [[long, 70]],
    [['gone', 0]],
    [['again', 0]],
    [['again', 3]],
    [['late', 7]],
  ];
  const base = await log.beginBase();
  await base.writeSlice(draft(entry('a', 10), entry('b', 20)));
  await base.append(draft(entry('b', 30)), 1);
  await base.writeSlice(draft(entry('still', 5)));
  await base.end();
  await base.switch();
  let state: State = new Map([
    ['a', 10],
    ['b', 30],
    ['still', 5],
  ]);
  const highest: State = new Map(state);
  let ends = new Map([[log.size, state]]);
  const append = async (batch: readonly [string, number][], lsn: number) => {
    await log.append(draft(...batch.map(([name, ceiling]) => entry(name, ceiling))), lsn);
    await log.sync();
    state = new Map(state);
    for (const [name, ceiling] of batch) {
      if (ceiling === 0) state.delete(name);
      else state.set(name, ceiling);
      highest.set(name, Math.max(ceiling, highest.get(name) ?? 0));
    }
    ends.set(log.size, state);
  };
  for (const [index, batch] of batches.entries()) {
    await append(batch, index + 2);
    if (index % 3 === 2) await log.mark(index + 2);
    ends.set(log.size, state);
  }
  if (isCompacted) {
    const next = await log.beginBase();
    for (const [name, ceiling] of state) await next.writeSlice(draft(entry(name, ceiling)));
    await next.end();
    await next.switch();
    ends = new Map([[log.size, state]]);
    await append([['b', 230]], 20);
    await append([['new', 1]], 21);
  }
  const { opened } = await load(disk);
  await log.mark(22);
  await log.sync();
  ends.set(log.size, state);
  return { bytes: disk.get(LOG), baseSize: opened.baseSize, ends, state, highest };
}

const logs = [
  ['a log', false],
  ['a log after a compaction', true],
] as const;
/** A name longer than a sector. */
const LONG = 600;

interface Fixed {
  readonly status: number;
  readonly text: string;
  readonly bytes: Buffer;
}

async function fix(bytes: Buffer, options: FixOptions = {}): Promise<Fixed> {
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const lines: string[] = [];
  const file = await disk.openToRead(LOG);
  const status = await checkFile(disk, identity(7), DIR, file, { fix: true, ...options }, (line) =>
    lines.push(line),
  );
  return { status, text: lines.join('\n'), bytes: disk.get(LOG) };
}

/**
 * What goes wrong when a server starts from this log, or it is repaired; '' when nothing repeats. `wanted` is what was acknowledged,
 * as far as the damaged file can still tell that it was.
 */
async function problemOf(spoilt: Buffer, log: Intact, wanted = log.state): Promise<string> {
  const started = await loadBytes(spoilt);
  if (typeof started !== 'string') {
    const behind = behindOf(started.state, wanted, log);
    if (behind.length > 0) return `a start goes back: ${behind}`;
  }
  const plain = await fix(spoilt);
  if (plain.status !== 0) {
    if (!plain.bytes.equals(spoilt)) return 'a refused repair changes the log';
    const taken = await fix(spoilt, WORDS);
    // Without a header that can be read, nothing can.
    if (taken.status !== 0) return /Restore a backup/.test(taken.text) ? '' : taken.text;
    return await fixedProblem(taken, log, wanted, true);
  }
  return await fixedProblem(plain, log, wanted, false);
}

async function fixedProblem(
  { bytes, text }: Fixed,
  log: Intact,
  wanted: State,
  mayMiss: boolean,
): Promise<string> {
  const loaded = await loadBytes(bytes);
  if (typeof loaded === 'string') return `a repaired log is refused: ${loaded}`;
  const behind = behindOf(loaded.state, wanted, log);
  if (behind.some((each) => !mayMiss || !each.endsWith(' missing'))) {
    return `a repaired log goes back: ${behind}`;
  }
  if (behind.length > 0 && !/is missing and would begin at 1 again/.test(text)) {
    return `a name is missing in silence: ${behind}`;
  }
  return '';
}

/** The sequences that would serve a number again. */
function behindOf(state: State, wanted: State, { highest }: Intact): string[] {
  const problems: string[] = [];
  for (const [name, ceiling] of wanted) {
    const found = state.get(name);
    if (found === undefined) problems.push(`${name} missing`);
    else if (found < ceiling) problems.push(`${name} ${found} < ${ceiling}`);
  }
  for (const [name, ceiling] of state) {
    const safe = highest.get(name) ?? 0;
    if (!wanted.has(name) && ceiling < safe) problems.push(`${name} is back at ${ceiling}`);
  }
  return problems;
}

/** Where each record of the log begins, and where it ends. */
function recordsOf({ bytes }: Intact): (readonly [number, number])[] {
  const records: (readonly [number, number])[] = [];
  for (let start = FILE_HEADER; start < bytes.length; ) {
    const end = start + RECORD_HEADER + bytes.readUInt32LE(start + 8);
    records.push([start, end]);
    start = end;
  }
  return records;
}

/** What was acknowledged when the log ended at `size` or in front of it. */
function stateAt({ ends }: Intact, size: number): State {
  const end = Math.max(...[...ends.keys()].filter((each) => each <= size));
  return ends.get(end) as State;
}

async function expectNoProblem(t: ExecutionContext, what: string, problem: Promise<string>) {
  const text = await problem;
  if (text !== '') t.fail(`${what}: ${text}`);
}

for (const [title, isCompacted] of logs) {
  test(`${title} with any single bit flipped is refused at a start, and repaired without a loss`, async (t) => {
    t.timeout(100_000);
    const log = await serve(isCompacted, 9);
    const [lastMark] = recordsOf(log).at(-1) as readonly [number, number];
    for (let bit = 0; bit < log.bytes.length * 8; bit++) {
      const spoilt = Buffer.from(log.bytes);
      const at = bit >>> 3;
      spoilt[at] = (spoilt[at] as number) ^ (1 << (bit & 7));
      const started = await loadBytes(spoilt);
      // Nothing tells whether the last mark was there, and nothing is lost with it.
      if ((typeof started === 'string') !== at < lastMark) t.fail(`a start with bit ${bit}`);
      if (typeof started !== 'string') t.deepEqual(started.state, log.state);
      const fixed = await fix(spoilt);
      if (fixed.status !== 0) t.fail(`bit ${bit} is not repaired: ${fixed.text}`);
      const loaded = await loadBytes(fixed.bytes);
      if (typeof loaded === 'string') return t.fail(loaded);
      if (loaded.state.size !== log.state.size) t.fail(`bit ${bit}`);
      for (const [name, ceiling] of log.state) {
        if (loaded.state.get(name) !== ceiling) t.fail(`bit ${bit}: ${name}`);
      }
    }
    t.pass();
  });

  test(`${title} cut at any byte is as it was when it ended there, or refused`, async (t) => {
    const log = await serve(isCompacted, LONG);
    for (let size = 0; size < log.bytes.length; size++) {
      const cut = Buffer.from(log.bytes.subarray(0, size));
      const isRefused = typeof (await loadBytes(cut)) === 'string';
      if (isRefused !== size < log.baseSize) t.fail(`cut at ${size}`);
      // A log that ends between two batches is one that had only the first; nothing can tell that there was another.
      const wanted = size < log.baseSize ? log.state : stateAt(log, size);
      await expectNoProblem(t, `cut at ${size}`, problemOf(cut, log, wanted));
    }
    t.pass();
  });

  test(`${title} with any 512 bytes zeroed repeats nothing`, async (t) => {
    const log = await serve(isCompacted, LONG);
    const records = recordsOf(log);
    for (let from = 0; from < log.bytes.length; from += 32) {
      const to = from + 512;
      const spoilt = Buffer.from(log.bytes).fill(0, from, Math.min(to, log.bytes.length));
      // With the last record, the proof of all that was zeroed is gone: it looks like a tail that was never synced.
      const damage = spoilt.findIndex((byte, at) => byte !== log.bytes[at]);
      const [first] = records.find(([, end]) => end > damage) ?? [0];
      const looksTorn = damage >= log.baseSize && to >= log.bytes.length - RECORD_HEADER;
      const wanted = looksTorn ? stateAt(log, first) : log.state;
      await expectNoProblem(t, `zeros at ${from}`, problemOf(spoilt, log, wanted));
    }
    t.pass();
  });

  test(`${title} with a record doubled, overwritten by another or swapped is refused and repeats nothing`, async (t) => {
    const log = await serve(isCompacted, LONG);
    const records = recordsOf(log);
    const part = ([start, end]: readonly [number, number]) => log.bytes.subarray(start, end);
    const expectRefused = async (what: string, spoilt: Buffer) => {
      t.is(typeof (await loadBytes(spoilt)), 'string', what);
      await expectNoProblem(t, what, problemOf(spoilt, log));
    };
    for (const [i, one] of records.entries()) {
      const doubled = [log.bytes.subarray(0, one[1]), part(one), log.bytes.subarray(one[1])];
      await expectRefused(`${i} doubled`, Buffer.concat(doubled));
      for (const [j, other] of records.entries()) {
        if (j <= i) continue;
        const parts = records.map(part);
        const head = log.bytes.subarray(0, FILE_HEADER);
        [parts[i], parts[j]] = [part(other), part(one)];
        await expectRefused(`${i} and ${j} swapped`, Buffer.concat([head, ...parts]));
        // One that would reach past the end leaves no whole record, and takes the proofs with it: that is a torn tail.
        if (other[0] + part(one).length > log.bytes.length) continue;
        const over = Buffer.from(log.bytes);
        part(one).copy(over, other[0]);
        await expectRefused(`${j} overwritten by ${i}`, over);
      }
    }
  });
}
