import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type CheckOptions, check } from '#dist/cli/check.js';
import { lockDirectory, unlockDirectory } from '#dist/lock/directory-lock.js';
import { draft, entry, LOG, type Loaded, load, loadBytes } from './log-tools.js';
import { MemoryDisk } from './memory-disk.js';

interface Places {
  readonly bytes: Buffer;
  readonly baseSize: number;
  readonly second: number;
}

/** a = 10 in the base; then b = 5, a = 20, c = 1 in three records, and a mark. */
async function sample(): Promise<Places> {
  const disk = new MemoryDisk();
  const { log } = await load(disk);
  const base = await log.beginBase();
  await base.writeSlice(draft(entry('a', 10)));
  await base.writeSlice(draft(entry('z', 3)));
  await base.end();
  await base.switch();
  const baseSize = log.size;
  await log.append(draft(entry('b', 5)), 1);
  await log.sync();
  const second = log.size;
  await log.append(draft(entry('a', 20)), 2);
  await log.sync();
  await log.append(draft(entry('c', 1)), 3);
  await log.sync();
  await log.mark(3);
  await log.sync();
  return { bytes: disk.get(LOG), baseSize, second };
}

async function directory(t: ExecutionContext, bytes?: Buffer): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sequement-check-'));
  t.teardown(() => rm(dir, { recursive: true }));
  if (bytes !== undefined) await writeFile(join(dir, 'sequement.log'), bytes);
  return dir;
}

async function run(
  dir: string,
  fix = false,
  options: Partial<CheckOptions> = {},
): Promise<{ status: number; text: string }> {
  const lines: string[] = [];
  const status = await check(dir, { fix, ...options }, (line) => lines.push(line));
  return { status, text: lines.join('\n') };
}

async function stateIn(dir: string): Promise<unknown> {
  const loaded = await loadBytes(await readFile(join(dir, 'sequement.log')));
  return typeof loaded === 'string' ? loaded : Object.fromEntries(loaded.state);
}

function spoil(bytes: Buffer, ...positions: number[]): Buffer {
  const spoilt = Buffer.from(bytes);
  for (const position of positions) spoilt[position] = (spoilt[position] as number) ^ 0xff;
  return spoilt;
}

test('a whole log is described and gets status 0', async (t) => {
  const { bytes, baseSize } = await sample();
  const { status, text } = await run(await directory(t, bytes));
  t.is(status, 0);
  t.regex(text, /layout version 1, file [0-9a-f]{16}, epoch 1, created 2023-11-14T/);
  t.regex(text, new RegExp(`base of ${baseSize} bytes`));
  t.regex(text, /records: 2 of the base, 3 appended, 1 marks; 5 entries/);
  t.regex(text, /sequences: 4 in database 0/);
  t.regex(text, /No damage found\.$/);
});

test('a torn tail gets status 1, and a fix that loses nothing else', async (t) => {
  const { bytes } = await sample();
  const dir = await directory(t, bytes.subarray(0, bytes.length - 45));
  const found = await run(dir);
  t.is(found.status, 1);
  t.regex(found.text, /Torn tail at offset \d+: \d+ bytes that had not been synced/);
  const fixed = await run(dir, true);
  t.is(fixed.status, 0);
  t.notRegex(fixed.text, /WARNING/);
  t.deepEqual(await stateIn(dir), { a: 20, b: 5, z: 3 });
  t.is((await run(dir)).status, 0);
});

test('damage is located, and its fix keeps a copy and every whole record', async (t) => {
  const { bytes, second } = await sample();
  const spoilt = spoil(bytes, second + 50);
  const dir = await directory(t, spoilt);
  const found = await run(dir);
  t.is(found.status, 1);
  t.regex(found.text, new RegExp(`Damage at offset ${second}: it had been written and synced`));
  t.regex(
    found.text,
    /57 bytes in 1 places are lost; 2 whole records with 1 entries lie behind it/,
  );
  t.deepEqual(await readdir(dir).then((names) => names.sort()), [
    'sequement.lock',
    'sequement.log',
  ]);
  const fixed = await run(dir, true, { advance: 1000, namesMayBeMissing: true });
  t.is(fixed.status, 0);
  t.regex(fixed.text, /WARNING: reservations may be lost/);
  t.regex(fixed.text, new RegExp(`57 bytes at offset ${second}\\n`));
  t.regex(fixed.text, /Advanced 3 entries of counters by 1000\./);
  // c lies behind the damage and is right as it is.
  t.deepEqual(await stateIn(dir), { a: 1010, z: 1003, b: 1005, c: 1 });
  const copy = (await readdir(dir)).find((name) => name.startsWith('sequement.log.damaged-'));
  t.deepEqual(await readFile(join(dir, copy as string)), spoilt);
  const after = await run(dir);
  t.is(after.status, 0);
  t.regex(after.text, /epoch 2/);
});

test('a fix that may lose reservations changes nothing unless the operator takes the consequences', async (t) => {
  const { bytes, second } = await sample();
  const spoilt = spoil(bytes, second + 20, second + 50);
  const dir = await directory(t, spoilt);
  for (const [options, missing] of [
    [{}, /Nothing was changed\. It takes --advance <n>, .* and --names-may-be-missing, /],
    [{ advance: 5 }, /It takes --names-may-be-missing, .*,\.$/],
    [{ namesMayBeMissing: true }, /It takes --advance <n>, .*,\.$/],
  ] as const) {
    const { status, text } = await run(dir, true, options);
    t.is(status, 1);
    t.regex(text, missing);
    t.deepEqual(await readFile(join(dir, 'sequement.log')), spoilt);
    t.is((await readdir(dir)).length, 2);
  }
});

test('a fix that may have lost reservations jumps, and begins a new epoch', async (t) => {
  const { bytes, second } = await sample();
  const dir = await directory(t, spoil(bytes, second + 20, second + 50));
  const loaded = async () => {
    const found = await loadBytes(await readFile(join(dir, 'sequement.log')));
    return typeof found === 'string' ? t.fail(found) : found;
  };
  const epoch = (await loadBytes(bytes)) as Loaded;
  t.is((await run(dir, true, { advance: 5, namesMayBeMissing: true })).status, 0);
  t.is((await loaded())?.opened.epoch, epoch.opened.epoch + 1);
});

test('the lock of a directory is for its owner alone', async (t) => {
  const dir = await directory(t);
  const before = process.umask(0);
  const lock = await lockDirectory(dir);
  process.umask(before);
  t.is((await stat(join(dir, 'sequement.lock'))).mode & 0o777, 0o600);
  if (lock.isLocked) unlockDirectory(lock.descriptor);
});

test('a fix tells of sequences that can be read in the damage and are nowhere else', async (t) => {
  const { bytes } = await sample();
  // The last record but the mark is the only one of c.
  const spoilt = spoil(bytes, bytes.length - 40 - 57 + 5, bytes.length - 40 - 57 + 20);
  const { status, text } = await run(await directory(t, spoilt), true);
  t.is(status, 1);
  t.regex(text, /unverified, and nowhere else: "c" of database 0 \(ceiling 1\)/);
});

test('a damaged base is rewritten from the slices that are whole', async (t) => {
  const { bytes } = await sample();
  const dir = await directory(t, spoil(bytes, 128 + 45));
  t.is((await run(dir, true)).status, 1);
  t.is((await run(dir, true, { advance: 7, namesMayBeMissing: true })).status, 0);
  t.deepEqual(await stateIn(dir), { z: 3, b: 5, a: 20, c: 1 });
});

test('a single flipped bit is put right, and nothing is lost by it', async (t) => {
  const { bytes, second } = await sample();
  const spoilt = Buffer.from(bytes);
  spoilt[second + 50] = (spoilt[second + 50] as number) ^ 4;
  const dir = await directory(t, spoilt);
  const { status, text } = await run(dir, true, { advance: 7 });
  t.is(status, 0);
  t.regex(text, new RegExp(`One bit of byte ${second + 50} is wrong, and can be put right`));
  t.regex(text, /No reservation is lost: nothing is advanced/);
  t.deepEqual(await stateIn(dir), { a: 20, z: 3, b: 5, c: 1 });
});

test('a log that was cut within its base is not repaired as if nothing were lost', async (t) => {
  const { bytes } = await sample();
  const first = 128 + 57;
  const dir = await directory(t, bytes.subarray(0, first));
  const { status, text } = await run(dir, true);
  t.is(status, 1);
  t.regex(text, /bytes at offset 185\n/);
  t.is((await run(dir, true, { advance: 50, namesMayBeMissing: true })).status, 0);
  t.deepEqual(await stateIn(dir), { a: 60 });
});

test('a damaged header is read from its copy at the end of the base', async (t) => {
  const { bytes } = await sample();
  const dir = await directory(t, Buffer.from(bytes).fill(0, 0, 100));
  const { status, text } = await run(dir, true);
  t.is(status, 0);
  t.regex(text, /read from its copy/);
  t.deepEqual(await stateIn(dir), { a: 20, z: 3, b: 5, c: 1 });
});

test('a log whose header and copy are damaged is left alone', async (t) => {
  const { bytes, baseSize } = await sample();
  const spoilt = spoil(bytes, 20, baseSize - 70);
  const dir = await directory(t, spoilt);
  const { status, text } = await run(dir, true);
  t.is(status, 1);
  t.regex(text, /Restore a backup\. Nothing was changed\.$/);
  t.deepEqual(await readFile(join(dir, 'sequement.log')), spoilt);
});

test('a directory without a log gets status 1 and is left alone', async (t) => {
  const dir = await directory(t);
  const { status, text } = await run(dir);
  t.is(status, 1);
  t.regex(text, /holds no log/);
  t.deepEqual(await readdir(dir), []);
});

test('a directory that is locked is not checked', async (t) => {
  const { bytes } = await sample();
  const dir = await directory(t, bytes);
  const { fork } = await import('node:child_process');
  const holder = fork(new URL('./lock-holder.js', import.meta.url), [dir]);
  t.teardown(() => {
    holder.kill('SIGKILL');
  });
  await new Promise((resolve) => holder.once('message', resolve));
  const { status, text } = await run(dir, true);
  t.is(status, 1);
  t.regex(text, new RegExp(`is in use by process ${holder.pid}: stop the server first`));
});

test('a lock is waited for when the process that took it is dead and its children are ending', async (t) => {
  const dir = await directory(t);
  const { fork } = await import('node:child_process');
  const holder = fork(new URL('./lock-holder.js', import.meta.url), [dir, 'with-child']);
  const child = await new Promise<number>((resolve) =>
    holder.once('message', (pid) => resolve(pid as number)),
  );
  holder.kill('SIGKILL');
  await new Promise((resolve) => holder.once('exit', resolve));
  const waiting = lockDirectory(dir);
  process.kill(child, 'SIGKILL');
  const lock = await waiting;
  if (!lock.isLocked) return t.fail('not locked');
  t.is(await readFile(join(dir, 'sequement.lock'), 'latin1'), `${process.pid}\n`);
  unlockDirectory(lock.descriptor);
});
