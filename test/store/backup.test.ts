import test from 'ava';
import { ByteWriter } from '#dist/protocol/bytes.js';
import {
  ENTRY_GAUGE,
  readEntries,
  writeClock,
  writeFlush,
  writePlace,
  writeState,
} from '#dist/protocol/entry.js';
import { INT64_MAX, INT64_MIN, type Int64 } from '#dist/protocol/int64.js';
import { FILE_HEADER } from '#dist/protocol/record.js';
import { writeBackup } from '#dist/store/log/backup.js';
import { BaseWriter, FIRST_HEADING } from '#dist/store/log/base-writer.js';
import { type GaugeRule, Jump } from '#dist/store/log/jump.js';
import { restoreLog, verify } from '#dist/store/log/restore.js';
import { Refusal } from '#dist/store/store.js';
import {
  DIR,
  draft,
  entry,
  identity,
  LOG,
  load,
  loadBytes,
  loadOrRefusal,
  request,
  sample,
} from './log-tools.js';
import { diskError, MemoryDisk, seeded } from './memory-disk.js';

const BACKUP = '/backups/monday';
/** Different ones at each operation. */
const CRASHES = 12;
const nothing = () => {};

/** The state that a log or a restored backup loads as. */
async function stateIn(disk: MemoryDisk): Promise<unknown> {
  const loaded = await loadOrRefusal(disk);
  return typeof loaded === 'string' ? loaded : Object.fromEntries(loaded.state);
}

function backUp(disk: MemoryDisk) {
  return writeBackup(disk, identity(2), DIR, BACKUP, nothing);
}

/** Restores what is in `bytes` to an empty directory; the disk with it. */
async function restored(bytes: Buffer, by: Int64, gauges: GaugeRule = 'keep', epoch = 2) {
  const disk = new MemoryDisk();
  disk.put(BACKUP, bytes);
  const file = await disk.openToRead(BACKUP);
  const verified = await verify(file, BACKUP);
  const jump = new Jump({ by, gauges });
  const source = { file, path: BACKUP, verified };
  await restoreLog(disk, identity(3), source, { dir: DIR, epoch, jump });
  return { disk, jump };
}

async function sampleBackup(): Promise<Buffer> {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  await backUp(disk);
  return disk.get(BACKUP);
}

test('a backup holds what the log holds, and a restore raises it by the jump in a new epoch', async (t) => {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const made = await backUp(disk);
  t.deepEqual(disk.get(LOG), bytes);
  t.is(made.size, disk.get(BACKUP).length);
  t.is(made.leftOut, 0);
  const { disk: target } = await restored(disk.get(BACKUP), 1000, 'keep', 5);
  t.deepEqual(await stateIn(target), { a: 1110, b: 1130, c: 1005, d: 1007 });
  const again = await load(target);
  t.is(again.opened.epoch, 5);
  // Epochs go from a log to the next one.
  const base = await again.log.beginBase();
  await base.end();
  await base.switch();
  t.is((await load(target)).opened.epoch, 5);
});

test('no server goes on from a backup, whatever it is called', async (t) => {
  const refused = await loadBytes(await sampleBackup());
  t.regex(String(refused), /is a backup, .* run `sequement restore`/);
});

test('a backup that was cut at any byte, or has more behind it, is refused', async (t) => {
  const bytes = await sampleBackup();
  for (let size = 0; size < bytes.length; size++) {
    await t.throwsAsync(restored(bytes.subarray(0, size), 1), { instanceOf: Refusal }, `${size}`);
  }
  const longer = Buffer.concat([bytes, Buffer.from([0])]);
  await t.throwsAsync(restored(longer, 1), { message: /something behind its end/ });
});

test('a backup with something appended is refused', async (t) => {
  const disk = new MemoryDisk();
  const paths = { dir: '/backups', path: BACKUP, newPath: `${BACKUP}.new` };
  const heading = { ...FIRST_HEADING, isBackup: true };
  const base = await BaseWriter.begin(disk, paths, identity(), heading, async () => {});
  await base.writeSlice(draft(entry('a', 1)));
  await base.end();
  await base.append(draft(entry('a', 0)), 1);
  await base.switch();
  await t.throwsAsync(restored(disk.get(BACKUP), 1), { message: /something behind its end/ });
});

test('a backup with any bit flipped is refused', async (t) => {
  const bytes = await sampleBackup();
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const spoilt = Buffer.from(bytes);
    spoilt[bit >>> 3] = (spoilt[bit >>> 3] as number) ^ (1 << (bit & 7));
    await t.throwsAsync(restored(spoilt, 1), { instanceOf: Refusal }, `bit ${bit}`);
  }
});

test('a copy of a log is restored like a backup', async (t) => {
  const { bytes } = await sample();
  const { disk } = await restored(bytes.subarray(0, bytes.length - 3), 1);
  t.deepEqual(await stateIn(disk), { a: 111, b: 131, c: 6, d: 8 });
});

test('a damaged log is not backed up, and an older backup stays', async (t) => {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  const spoilt = Buffer.from(bytes);
  spoilt[FILE_HEADER + 50] = 0xee;
  disk.put(LOG, spoilt);
  disk.put(BACKUP, Buffer.from('older'));
  await t.throwsAsync(backUp(disk), { message: /damaged at offset 128 .* No backup was made/ });
  t.is(disk.get(BACKUP).toString(), 'older');
  t.deepEqual([...disk.names.keys()], [LOG, BACKUP]);
});

test('a backup leaves out a batch that is being written', async (t) => {
  const { bytes, steps } = await sample();
  const disk = new MemoryDisk();
  const last = steps[2] as (typeof steps)[0];
  disk.put(LOG, bytes.subarray(0, last.offset + 50));
  t.is((await backUp(disk)).leftOut, 50);
  const { disk: target } = await restored(disk.get(BACKUP), 0);
  t.deepEqual(await stateIn(target), Object.fromEntries(last.state));
});

test('a log that is replaced while it is copied is copied as it was', async (t) => {
  const disk = new MemoryDisk();
  disk.put(LOG, (await sample()).bytes);
  const { log, state } = await load(disk);
  let compaction: Promise<unknown> | undefined;
  disk.hook = ({ kind, path }) => {
    if (kind !== 'write' || !path.startsWith(BACKUP)) return undefined;
    compaction ??= (async () => {
      const base = await log.beginBase();
      await base.writeSlice(draft(entry('a', 5000)));
      await base.end();
      await base.switch();
    })();
    return compaction.then(() => undefined);
  };
  await backUp(disk);
  t.truthy(compaction);
  const { disk: target } = await restored(disk.get(BACKUP), 0);
  t.deepEqual(await stateIn(target), Object.fromEntries(state));
});

test('a log that a new writer cuts while it is copied is copied once more', async (t) => {
  const { bytes, steps } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const cut = steps[2] as (typeof steps)[0];
  const { file } = (await load(disk)).opened;
  let resumed: Promise<unknown> | undefined;
  let reads = 0;
  disk.hook = ({ kind, path }) => {
    // The first read is that of the header; then the size is known.
    if (kind !== 'read' || path !== LOG || ++reads !== 3) return undefined;
    resumed = load(disk, request('always', { file, offset: cut.offset }));
    return resumed.then(() => undefined);
  };
  await backUp(disk);
  t.truthy(resumed);
  const { disk: target } = await restored(disk.get(BACKUP), 0);
  t.deepEqual(await stateIn(target), Object.fromEntries(cut.state));
});

test('a disk that fails at any operation leaves no backup of that name, or a whole one', async (t) => {
  const { bytes } = await sample();
  let outcomes = 0;
  for (let failing = 1; ; failing++) {
    const disk = new MemoryDisk();
    disk.put(LOG, bytes);
    disk.hook = () => {
      if (disk.operations === failing) throw diskError('ENOSPC');
      return undefined;
    };
    const made = await backUp(disk).catch(() => undefined);
    disk.hook = () => undefined;
    t.deepEqual(disk.get(LOG), bytes);
    if (disk.names.has(BACKUP)) {
      const { disk: target } = await restored(disk.get(BACKUP), 0);
      t.deepEqual(await stateIn(target), { a: 110, b: 130, c: 5, d: 7 });
    }
    if (made !== undefined) break;
    outcomes++;
  }
  t.true(outcomes > 8);
});

/** The disk as each of some power failures at the `stop`th operation leaves it; none when the act is over before. */
async function crashesAt(
  stop: number,
  disk: MemoryDisk,
  act: () => Promise<unknown>,
): Promise<MemoryDisk[]> {
  const crashed: MemoryDisk[] = [];
  const first = disk.operations;
  disk.hook = () => {
    if (disk.operations - first === stop) {
      for (let seed = 0; seed < CRASHES; seed++)
        crashed.push(disk.crash(seeded(stop * 100 + seed)));
    }
    return undefined;
  };
  await act();
  // When it is said to be done, it is.
  if (crashed.length === 0) crashed.push(disk.crash(() => 0));
  return crashed;
}

test('a power failure at any operation of a backup leaves none of that name, or a whole one', async (t) => {
  const { bytes } = await sample();
  let whole = 0;
  for (let stop = 1; ; stop++) {
    const disk = new MemoryDisk();
    disk.put(LOG, bytes);
    const crashes = await crashesAt(stop, disk, () => backUp(disk));
    for (const crashed of crashes) {
      if (!crashed.names.has(BACKUP)) continue;
      whole++;
      const { disk: target } = await restored(crashed.get(BACKUP), 0);
      t.deepEqual(await stateIn(target), { a: 110, b: 130, c: 5, d: 7 });
    }
    if (crashes.length > 1) continue;
    t.true(crashes[0]?.names.has(BACKUP));
    break;
  }
  t.true(whole > 1);
});

test('a power failure at any operation of a restore leaves the log that was there, or the new one', async (t) => {
  const bytes = await sampleBackup();
  const old = (await sample()).bytes;
  const kept = JSON.stringify({ a: 110, b: 130, c: 5, d: 7 });
  const moved = JSON.stringify({ a: 210, b: 230, c: 105, d: 107 });
  const seen = new Set<string>();
  for (let stop = 1; ; stop++) {
    const disk = new MemoryDisk();
    disk.put(BACKUP, bytes);
    disk.put(LOG, old);
    const file = await disk.openToRead(BACKUP);
    const verified = await verify(file, BACKUP);
    const source = { file, path: BACKUP, verified };
    const jump = new Jump({ by: 100, gauges: 'keep' });
    const crashes = await crashesAt(stop, disk, () =>
      restoreLog(disk, identity(3), source, { dir: DIR, epoch: 2, jump }),
    );
    for (const crashed of crashes) seen.add(JSON.stringify(await stateIn(crashed)));
    if (crashes.length > 1) continue;
    t.is(JSON.stringify(await stateIn(crashes[0] as MemoryDisk)), moved);
    break;
  }
  t.deepEqual([...seen].sort(), [kept, moved].sort());
});

test('a disk that stores something else than it was given is noticed before the backup has its name', async (t) => {
  const { bytes } = await sample();
  for (let spoilt = 1; ; spoilt++) {
    const disk = new MemoryDisk();
    disk.put(LOG, bytes);
    let writes = 0;
    disk.hook = ({ kind, bytes: written }) => {
      if (kind === 'write' && ++writes === spoilt && written !== undefined) {
        const middle = written.length >>> 1;
        written[middle] = (written[middle] as number) ^ 1;
      }
      return undefined;
    };
    const made = await backUp(disk).catch(() => undefined);
    if (writes < spoilt) {
      t.is(spoilt, 5);
      break;
    }
    // The first header is written over by the last one.
    t.is(made === undefined, spoilt !== 1, `write ${spoilt}`);
    t.is(disk.names.has(BACKUP), spoilt === 1, `write ${spoilt}`);
  }
});

/** Of the gauges among them. */
const DEADLINE = 1_800_000_000_000;

/** What a jump makes of the ceiling of one sequence; the rest of its entry, and what else a log holds, stay. */
function jumped(
  ceiling: Int64,
  by: Int64,
  flags = 0,
  gauges: GaugeRule = 'keep',
): readonly [moved: Int64, stopped: string[]] {
  const from = new ByteWriter();
  const deadline = flags === 0 ? 0 : DEADLINE;
  writeState(from, 3, flags, ceiling, Buffer.from('x'), 0, 1, deadline);
  writeFlush(from, 7);
  writePlace(from, 1, 2);
  writeClock(from, 99);
  const out = new ByteWriter();
  const jump = new Jump({ by, gauges });
  jump.copy(from.view(), 0, from.length, out);
  let result: Int64 | undefined;
  const rest: unknown[] = [];
  readEntries(out.view(), 0, out.length, {
    state: (database, kept, moved, name, start, end, until) => {
      result = moved;
      rest.push([database, kept & ENTRY_GAUGE, name.toString('latin1', start, end), until]);
    },
    remove: () => rest.push('remove'),
    flush: (database) => rest.push(['flush', database]),
    place: (database, place) => rest.push(['place', database, place]),
    clock: (nowMs) => rest.push(['clock', nowMs]),
  });
  const expected = [
    [3, flags, 'x', deadline],
    ['flush', 7],
    ['place', 1, 2],
    ['clock', 99],
  ];
  if (JSON.stringify(rest) !== JSON.stringify(expected)) throw new Error(JSON.stringify(rest));
  if (result === undefined) throw new Error('the state is gone');
  if (jump.stopped !== jump.stoppedNames.size) throw new Error(`${jump.stopped} stopped`);
  return [result, [...jump.stoppedNames]];
}

test('a jump is exact over 64 bits and stops at the end of the range', (t) => {
  t.deepEqual(jumped(9007199254740991, 2), [9007199254740993n, []]);
  t.deepEqual(jumped(INT64_MIN, INT64_MAX), [-1, []]);
  t.deepEqual(jumped(-5, 3), [-2, []]);
  t.deepEqual(jumped(INT64_MAX - 10n, 10), [INT64_MAX, []]);
  t.deepEqual(jumped(INT64_MAX - 10n, 11), [INT64_MAX, ['"x"']]);
});

test('a jump leaves gauges, raises or lowers them as it is told', (t) => {
  t.deepEqual(jumped(50, 7, ENTRY_GAUGE), [50, []]);
  t.deepEqual(jumped(50, 7, ENTRY_GAUGE, 'raise'), [57, []]);
  t.deepEqual(jumped(50, 7, ENTRY_GAUGE, 'lower'), [43, []]);
  t.deepEqual(jumped(INT64_MIN + 1n, 7, ENTRY_GAUGE, 'lower'), [INT64_MIN, ['"x"']]);
  t.deepEqual(jumped(50, 7, 0, 'lower'), [57, []]);
});
