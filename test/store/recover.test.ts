import test from 'ava';
import {
  decodeFileHeader,
  encodeFileHeader,
  FILE_HEADER,
  RecordType,
} from '#dist/protocol/record.js';
import { draft, entry, LOG, load, loadBytes, request, type State, sample } from './log-tools.js';
import { diskError, MemoryDisk } from './memory-disk.js';

function atLeast(actual: State, wanted: State): boolean {
  return [...wanted].every(([name, ceiling]) => (actual.get(name) ?? 0) >= ceiling);
}

test('a fresh directory gets an empty log that is durable, name and all', async (t) => {
  const disk = new MemoryDisk();
  const { opened } = await load(disk);
  t.is(opened.size, disk.get(LOG).length);
  t.is(opened.baseSize, opened.size);
  t.regex(opened.file, /^[0-9a-f]{16}$/);
  const again = await load(disk.crash(() => 0));
  t.is(again.opened.file, opened.file);
  t.is(again.state.size, 0);
  t.deepEqual(again.opened.warnings, []);
});

test('what was appended is there after the next start', async (t) => {
  const { bytes, baseSize, state } = await sample();
  const loaded = await loadBytes(bytes);
  if (typeof loaded === 'string') return t.fail(loaded);
  t.deepEqual(loaded.state, state);
  t.is(loaded.opened.baseSize, baseSize);
  t.deepEqual(loaded.opened.warnings, []);
});

test('a log cut at any byte behind its base loads as the batches that are whole', async (t) => {
  const { bytes, baseSize, steps, state } = await sample();
  for (let size = baseSize; size < bytes.length; size++) {
    const loaded = await loadBytes(bytes.subarray(0, size));
    if (typeof loaded === 'string') return t.fail(`${size}: ${loaded}`);
    // The state before the first record that does not end within the cut.
    const torn = steps.findLastIndex((step) => step.offset <= size);
    const whole = torn === steps.length ? state : (steps[torn] as (typeof steps)[0]).state;
    t.deepEqual(loaded.state, whole, `cut at ${size}`);
    const isBoundary = steps.some((step) => step.offset === size);
    t.is(loaded.opened.warnings.length, isBoundary ? 0 : 1, `cut at ${size}`);
    t.is(loaded.opened.size, steps[torn]?.offset ?? -1);
  }
});

test('a log cut within its header or base is refused', async (t) => {
  const { bytes, baseSize } = await sample();
  for (let size = 0; size < baseSize; size++) {
    const loaded = await loadBytes(bytes.subarray(0, size));
    if (typeof loaded !== 'string') return t.fail(`loaded when cut at ${size}`);
    t.regex(loaded, size < FILE_HEADER ? /offset 0 / : /damaged at offset \d+/);
    t.regex(loaded, /sequement check \/data --fix/);
  }
});

const MASKS = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x55, 0xaa];

test('no flipped bit or byte leads to a state behind the acknowledged one', async (t) => {
  const { bytes, state } = await sample();
  let refused = 0;
  for (let position = 0; position < bytes.length; position++) {
    for (const mask of MASKS) {
      const spoilt = Buffer.from(bytes);
      spoilt[position] = (spoilt[position] as number) ^ mask;
      const loaded = await loadBytes(spoilt);
      if (typeof loaded === 'string') refused++;
      else if (!atLeast(loaded.state, state)) t.fail(`byte ${position} ^ ${mask} goes back`);
    }
  }
  // Only the closing mark can be spoilt without a loss.
  t.is(refused, (bytes.length - 40) * MASKS.length);
});

test('no byte that was zeroed or run of zeros leads to a state behind the acknowledged one', async (t) => {
  const { bytes, state } = await sample();
  for (const length of [1, 16, 64, 300]) {
    for (let position = 0; position + length < bytes.length - 40; position++) {
      const spoilt = Buffer.from(bytes).fill(0, position, position + length);
      if (spoilt.equals(bytes)) continue;
      const loaded = await loadBytes(spoilt);
      if (typeof loaded !== 'string' && !atLeast(loaded.state, state)) {
        t.fail(`${length} zeros at ${position} go back`);
      }
    }
  }
  t.pass();
});

test('the last batch without its proof is taken for torn when it is spoilt', async (t) => {
  const { bytes, steps } = await sample();
  const last = steps[2] as (typeof steps)[0];
  const spoilt = Buffer.from(bytes.subarray(0, steps[3]?.offset));
  spoilt[last.offset + 45] = 0xee;
  const loaded = await loadBytes(spoilt);
  if (typeof loaded === 'string') return t.fail(loaded);
  t.deepEqual(loaded.state, last.state);
  t.regex(loaded.opened.warnings[0] as string, new RegExp(`from offset ${last.offset},`));
});

test('a hole among writes that were never synced is a torn tail, and what follows it is cut too', async (t) => {
  const { bytes, state } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const { log } = await load(disk, request('everysec'));
  await log.mark(4);
  const hole = log.size;
  await log.append(draft(entry('a', 210)), 5);
  await log.append(draft(entry('a', 310)), 6);
  await log.append(draft(entry('d', 17)), 7);
  const spoilt = disk.get(LOG);
  spoilt.fill(0, hole, hole + 30);
  const loaded = await loadBytes(spoilt);
  if (typeof loaded === 'string') return t.fail(loaded);
  t.deepEqual(loaded.state, state);
  t.is(loaded.opened.size, hole);
});

test('a hole below what a later record proves to be synced is damage', async (t) => {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const { log } = await load(disk, request('everysec'));
  const hole = log.size;
  await log.append(draft(entry('a', 210)), 5);
  await log.append(draft(entry('a', 310)), 6);
  await log.sync();
  await log.append(draft(entry('a', 410)), 7);
  const spoilt = disk.get(LOG);
  spoilt.fill(0, hole, hole + 30);
  const loaded = await loadBytes(spoilt);
  t.regex(String(loaded), new RegExp(`^/data/sequement.log is damaged at offset ${hole} `));
});

test('zeros behind the last record, as some file systems leave them, are cut off', async (t) => {
  const { bytes, state } = await sample();
  const loaded = await loadBytes(Buffer.concat([bytes, Buffer.alloc(5000)]));
  if (typeof loaded === 'string') return t.fail(loaded);
  t.deepEqual(loaded.state, state);
  t.is(loaded.opened.size, bytes.length);
});

test('the tail of another log is not taken for a part of this one', async (t) => {
  const { bytes, state } = await sample();
  const other = new MemoryDisk();
  const { log } = await load(other, request(), 99);
  while (log.size < bytes.length) await log.append(draft(entry('x', 1)), 1);
  const at = log.size;
  await log.append(draft(entry('x', 2)), 1);
  const filler = Buffer.alloc(at - bytes.length);
  const loaded = await loadBytes(Buffer.concat([bytes, filler, other.get(LOG).subarray(at)]));
  if (typeof loaded === 'string') return t.fail(loaded);
  t.deepEqual(loaded.state, state);
});

test('a whole record that this version does not understand is never cut off', async (t) => {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const { log } = await load(disk);
  const unknown = entry('a', 500);
  unknown[0] = 9;
  await log.append(draft(unknown), 5);
  t.regex(String(await loadBytes(disk.get(LOG))), /newer version/);
});

for (const [what, type, reason] of [
  ['a slice of a base behind its end', RecordType.base, /a record is out of place/],
  ['a second end of a base', RecordType.baseEnd, /a record is out of place/],
  ['a kind of record that comes later', 9, /newer version/],
] as const) {
  test(`${what} is whole and stops the start`, async (t) => {
    const { bytes } = await sample();
    const salt = bytes.readUInt32LE(16);
    const record = draft(entry('a', 1)).seal(type as RecordType, salt, 5, bytes.length, 0);
    t.regex(String(await loadBytes(Buffer.concat([bytes, record]))), reason);
  });
}

test('a header whose base was never completed stops the start', async (t) => {
  const { bytes } = await sample();
  const header = decodeFileHeader(bytes.subarray(0, FILE_HEADER));
  if (typeof header !== 'object') return t.fail(header);
  const begun = encodeFileHeader({ ...header, baseSize: 0 });
  t.regex(String(await loadBytes(begun)), /its base is not complete/);
});

test('a file that is no log is refused and left as it is', async (t) => {
  const text = Buffer.from('hello, '.repeat(100));
  t.regex(String(await loadBytes(text)), /does not begin as a log does/);
});

test('a log cut back by recovery goes on where it was cut', async (t) => {
  const { bytes, steps } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes.subarray(0, (steps[3]?.offset as number) - 3));
  const { log } = await load(disk);
  t.is(disk.get(LOG).length, steps[2]?.offset ?? -1);
  await log.append(draft(entry('z', 1)), 1);
  await log.sync();
  const loaded = await load(disk.crash(() => 0));
  t.is(loaded.state.get('z'), 1);
  t.is(loaded.state.get('b'), 30);
  t.deepEqual(loaded.opened.warnings, []);
});

test('a log whose new name was not synced when its writer died is the log from its next start on', async (t) => {
  const disk = new MemoryDisk();
  const { log } = await load(disk);
  const base = await log.beginBase();
  await base.end();
  disk.hook = ({ kind }) => {
    if (kind === 'syncDirectory') throw diskError('EIO');
    return undefined;
  };
  await t.throwsAsync(base.switch());
  disk.hook = () => undefined;
  const next = await load(disk, request(), 2);
  await next.log.append(draft(entry('a', 100)), 1);
  await next.log.sync();
  t.is((await load(disk.crash(() => 0))).state.get('a'), 100);
});

test('what recovery hands out is on stable storage, even what an earlier sync had failed on', async (t) => {
  const disk = new MemoryDisk();
  const first = await load(disk);
  await first.log.append(draft(entry('a', 100)), 1);
  const second = await load(disk);
  t.is(second.state.get('a'), 100);
  const third = await load(disk.crash(() => 0));
  t.is(third.state.get('a'), 100);
  // The record was written a second time: a sync alone would not bring pages that the kernel believes written.
  const writes = disk.trace.slice(disk.trace.lastIndexOf('open')).join(' ');
  t.regex(writes, /read.* write datasync$/);
});

test('a left-over of a compaction is removed at the start', async (t) => {
  const { bytes, state } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  disk.put(`${LOG}.new`, bytes.subarray(0, 99));
  t.deepEqual((await load(disk)).state, state);
  t.false(disk.names.has(`${LOG}.new`));
});

test('a disk that fails while the log is opened is a refusal that names file and reason', async (t) => {
  const { bytes } = await sample();
  for (const kind of ['open', 'read', 'syncDirectory', 'datasync', 'unlink'] as const) {
    const disk = new MemoryDisk();
    disk.put(LOG, bytes);
    disk.hook = (operation) => {
      if (operation.kind === kind) throw diskError('EACCES');
      return undefined;
    };
    await t.throwsAsync(load(disk), { message: `Cannot open ${LOG}: Permission denied.` }, kind);
  }
});

test('a record longer than the read buffer loads', async (t) => {
  const disk = new MemoryDisk();
  const { log } = await load(disk);
  const name = 'n'.repeat(3_000_000);
  await log.append(draft(entry('a', 1), entry(name, 5), entry('b', 2)), 1);
  await log.append(draft(entry('c', 3)), 2);
  const { state } = await load(disk);
  t.deepEqual([...state.values()], [1, 5, 2, 3]);
});

test('a resumed log is cut to what was acknowledged and goes on there, unread', async (t) => {
  const { bytes, baseSize, steps } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const file = bytes.toString('hex', 24, 32);
  const offset = steps[2]?.offset as number;
  const { log, state, opened } = await load(disk, request('always', { file, offset }));
  t.is(state.size, 0);
  t.deepEqual(opened, { file, epoch: 1, size: offset, baseSize, warnings: [] });
  // What lay behind could else be taken for the successor of a record of the same length.
  t.is(disk.get(LOG).length, offset);
  await log.append(draft(entry('e', 1)), 9);
  await log.sync();
  const after = await load(disk.crash(() => 0));
  t.is(after.state.get('e'), 1);
  t.is(after.state.get('d'), 7);
  t.is(after.state.get('b'), 30);
});

test('a resumed log is on stable storage, what a weaker policy had left unsynced too', async (t) => {
  const disk = new MemoryDisk();
  const { log, opened } = await load(disk, request('everysec'));
  await log.append(draft(entry('a', 100)), 1);
  await load(disk, request('everysec', { file: opened.file, offset: log.size }));
  t.is((await load(disk.crash(() => 0))).state.get('a'), 100);
});

test('a resumed log that is shorter than what was acknowledged is refused', async (t) => {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  const file = bytes.toString('hex', 24, 32);
  const open = request('always', { file, offset: bytes.length + 1 });
  await t.throwsAsync(load(disk, open), { message: /something other than the server changed it/ });
});

test('a resumed log that has disappeared is refused, not begun anew', async (t) => {
  const open = request('always', { file: '00', offset: 300 });
  await t.throwsAsync(load(new MemoryDisk(), open), { message: /has disappeared/ });
});

test('a log that was switched just before its writer died keeps its whole valid part', async (t) => {
  const { bytes, steps, state } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, Buffer.concat([bytes, Buffer.from('torn')]));
  const open = request('always', { file: '0123456789abcdef', offset: steps[1]?.offset as number });
  const { opened, state: sent } = await load(disk, open);
  t.is(sent.size, 0);
  t.is(opened.size, bytes.length);
  t.deepEqual((await load(disk)).state, state);
});
