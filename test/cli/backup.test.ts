import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { backup } from '#dist/cli/backup.js';
import { type RestoreOptions, restore } from '#dist/cli/restore.js';
import { lockDirectory, unlockDirectory } from '#dist/lock/directory-lock.js';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { ENTRY_GAUGE, writeState } from '#dist/protocol/entry.js';
import { draft, LOG, load, loadBytes, sample } from '../store/log-tools.js';
import { MemoryDisk } from '../store/memory-disk.js';
import { run } from './run.js';

interface Places {
  /** Holds the log of `sample()`, or what was given. */
  readonly dir: string;
  readonly file: string;
  /** Does not exist. */
  readonly target: string;
}

async function places(t: ExecutionContext, log?: Buffer): Promise<Places> {
  const root = await mkdtemp(join(tmpdir(), 'sequement-backup-'));
  t.teardown(() => rm(root, { recursive: true }));
  const dir = join(root, 'data');
  await mkdir(dir);
  await writeFile(join(dir, 'sequement.log'), log ?? (await sample()).bytes);
  return { dir, file: join(root, 'b'), target: join(root, 'deep', 'target') };
}

async function write(dir: string, file: string, force = false): Promise<string> {
  let text = '';
  await backup(dir, file, { force }, { write: (more) => (text += more) });
  return text;
}

async function read(file: string, dir: string, options: Partial<RestoreOptions>): Promise<string> {
  let text = '';
  const all = { nothingWasServedSince: false, force: false, ...options };
  await restore(file, dir, all, { write: (more) => (text += more) });
  return text;
}

async function stateIn(dir: string): Promise<unknown> {
  const loaded = await loadBytes(await readFile(join(dir, 'sequement.log')));
  return typeof loaded === 'string' ? loaded : Object.fromEntries(loaded.state);
}

test('a backup is written whole, for its owner only, and leaves nothing else behind', async (t) => {
  const { dir, file } = await places(t);
  t.regex(await write(dir, file), /\/b: 7 entries, \d+ bytes, verified\n$/);
  t.is((await stat(file)).mode & 0o777, 0o600);
  t.deepEqual((await readdir(join(dir, '..'))).sort(), ['b', 'data']);
  t.deepEqual(await readdir(dir), ['sequement.log']);
});

test('a backup does not replace a file unless it is told to', async (t) => {
  const { dir, file } = await places(t);
  await writeFile(file, 'mine');
  await t.throwsAsync(write(dir, file), { message: /is there already: .* --force/ });
  t.is(await readFile(file, 'utf8'), 'mine');
  await write(dir, file, true);
  t.true((await stat(file)).size > 100);
});

test('a backup never takes the name of a log', async (t) => {
  const { dir } = await places(t);
  for (const name of ['sequement.log', 'sequement.log.new', 'sequement.lock']) {
    const message = new RegExp(`${name} is the name of a server's own file`);
    await t.throwsAsync(write(dir, join(dir, name), true), { message });
  }
});

test('what can not be backed up is told in one line, with status 1', async (t) => {
  const { dir, file, target } = await places(t);
  const missing = await run(['backup', target, file]);
  t.is(missing.status, 1);
  t.regex(missing.stderr, /^sequement: .* holds no log \(.* does not exist\)\.\n$/);
  const nowhere = await run(['backup', dir, join(target, 'b')]);
  t.is(nowhere.status, 1);
  t.regex(nowhere.stderr, /^sequement: cannot write the backup .*: No such file or directory\n$/);
});

test('a restore insists on a jump, or on the word that none is needed', async (t) => {
  const { dir, file, target } = await places(t);
  await write(dir, file);
  const refused = await run(['restore', file, target]);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /^sequement: .* is behind what was served .* --advance <n>.*since\n$/);
  await t.throwsAsync(read(file, target, { advance: 5, nothingWasServedSince: true }), {
    message: /contradict each other/,
  });
  await t.throwsAsync(stat(target));
  const text = await read(file, target, { advance: 5 });
  t.regex(
    text,
    /Restored .*\/b, a backup written .* 7 entries, epoch 2\.\nWARNING: .* begins at 1/,
  );
  t.regex(text, /Advanced 7 entries of counters by 5\.\n$/);
  t.deepEqual(await stateIn(target), { a: 115, b: 135, c: 10, d: 12 });
  const other = `${target}2`;
  await read(file, other, { nothingWasServedSince: true });
  t.deepEqual(await stateIn(other), { a: 110, b: 130, c: 5, d: 7 });
});

test('a restore asks what becomes of gauges', async (t) => {
  const out = new ByteWriter();
  writeState(out, 0, ENTRY_GAUGE, 50, Buffer.from('stock'), 0, 5);
  const disk = new MemoryDisk();
  const { log } = await load(disk);
  await log.append(draft(out.take()), 1);
  const { dir, file, target } = await places(t, disk.get(LOG));
  await write(dir, file);
  await t.throwsAsync(read(file, target, { advance: 5 }), {
    message: /has gauges, .*\("stock"\): say --gauges keep, raise or lower$/,
  });
  await t.throwsAsync(stat(target));
  t.regex(
    await read(file, target, { advance: 5, gauges: 'lower' }),
    /1 entries of gauges were lowered by 5/,
  );
  t.deepEqual(await stateIn(target), { stock: 45 });
});

test('a restore replaces a log only when told to, keeps it, and goes beyond its epoch', async (t) => {
  const { dir, file, target } = await places(t);
  await write(dir, file);
  await read(file, target, { advance: 5 });
  const first = await readFile(join(target, 'sequement.log'));
  await t.throwsAsync(read(file, target, { advance: 9 }), { message: /holds a log already: / });
  t.deepEqual(await readFile(join(target, 'sequement.log')), first);
  t.regex(await read(file, target, { advance: 9, force: true }), /Copied the log .* epoch 3\./s);
  const kept = (await readdir(target)).find((name) => name.includes('.replaced-')) ?? '';
  t.deepEqual(await readFile(join(target, kept)), first);
});

test('a restore leaves alone a directory that is in use', async (t) => {
  const { dir, file, target } = await places(t);
  await write(dir, file);
  await read(file, target, { advance: 5 });
  const lock = await lockDirectory(target);
  if (!lock.isLocked) return t.fail('not locked');
  const { status, stderr } = await run(['restore', file, target, '--advance', '9', '--force']);
  unlockDirectory(lock.descriptor);
  t.is(status, 1);
  t.regex(stderr, new RegExp(`is in use by process ${process.pid}: stop that server first`));
  t.deepEqual(await stateIn(target), { a: 115, b: 135, c: 10, d: 12 });
});

test('what is no backup, or no whole one, is not restored', async (t) => {
  const { dir, file, target } = await places(t);
  await write(dir, file);
  const bytes = await readFile(file);
  for (const [content, message] of [
    ['not a backup at all', /is damaged at offset 0 /],
    [`${'x'.repeat(200)}`, /is neither a backup nor a log/],
    [bytes.subarray(0, -1), /is damaged at offset .*: restore another backup/],
  ] as const) {
    await writeFile(file, content);
    await t.throwsAsync(read(file, target, { advance: 5 }), { message });
  }
  await t.throwsAsync(stat(target));
});
