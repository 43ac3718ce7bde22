import test from 'ava';
import { type FileHeader, LAYOUT_VERSION } from '#dist/protocol/record.js';
import { BaseWriter } from '#dist/store/log/base-writer.js';
import { logPaths } from '#dist/store/log/names.js';
import { readFileHeader } from '#dist/store/log/scan.js';
import { LostLog } from '#dist/store/store.js';
import { DIR, identity, LOG } from './log-tools.js';
import { diskError, MemoryDisk } from './memory-disk.js';

const PREVIOUS: FileHeader = {
  version: LAYOUT_VERSION,
  salt: 1,
  file: '0123456789abcdef',
  isBackup: false,
  epoch: 7,
  cluster: 'c'.repeat(32),
  incarnation: 9,
  createdMs: 5,
  baseSize: 300,
};

async function begin(disk: MemoryDisk, seed = 1): Promise<BaseWriter> {
  const base = await BaseWriter.begin(
    disk,
    logPaths(DIR),
    identity(seed),
    PREVIOUS,
    async () => {},
  );
  await base.end();
  return base;
}

test('a new base has the epoch, the cluster and the incarnation of the log that it replaces', async (t) => {
  const disk = new MemoryDisk();
  await (await begin(disk)).switch();
  const header = await readFileHeader(await disk.openToRead(LOG));
  if (typeof header !== 'object') return t.fail(header);
  const { epoch, cluster, incarnation } = PREVIOUS;
  t.like(header, { epoch, cluster, incarnation });
  t.not(header.file, PREVIOUS.file);
  t.not(header.salt, PREVIOUS.salt);
});

test('a rename that reports an error and has happened leaves no log to append to', async (t) => {
  const disk = new MemoryDisk();
  const base = await begin(disk);
  const rename = disk.rename.bind(disk);
  disk.rename = async (from, to) => {
    await rename(from, to);
    throw diskError('EIO');
  };
  await t.throwsAsync(base.switch(), { instanceOf: LostLog });
});

test('a rename that failed leaves the old log in use', async (t) => {
  const disk = new MemoryDisk();
  await (await begin(disk)).switch();
  const file = disk.get(LOG);
  const base = await begin(disk, 2);
  disk.rename = () => Promise.reject(diskError('EIO'));
  const error = await t.throwsAsync(base.switch(), { message: /EIO/ });
  t.false(error instanceof LostLog);
  t.deepEqual(disk.get(LOG), file);
});
