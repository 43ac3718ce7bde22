import test from 'ava';
import { saveCopy } from '#dist/store/log/repair.js';
import { DIR, LOG, sample } from './log-tools.js';
import { MemoryDisk } from './memory-disk.js';

const COPY = `${DIR}/copy`;

test('the copy that a repair keeps survives a power failure, bytes and name', async (t) => {
  const { bytes } = await sample();
  const disk = new MemoryDisk();
  disk.put(LOG, bytes);
  await saveCopy(disk, await disk.openToRead(LOG), DIR, COPY);
  t.deepEqual(disk.crash(() => 0).get(COPY), bytes);
});

test('the copy that a repair keeps takes the place of no other file', async (t) => {
  const disk = new MemoryDisk();
  disk.put(LOG, Buffer.from('log'));
  disk.put(COPY, Buffer.from('earlier copy'));
  const file = await disk.openToRead(LOG);
  await t.throwsAsync(saveCopy(disk, file, DIR, COPY), { code: 'EEXIST' });
  t.is(disk.get(COPY).toString(), 'earlier copy');
});
