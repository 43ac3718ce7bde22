import { join } from 'node:path';
import test from 'ava';
import { NodeDisk } from '#dist/store/node-disk.js';
import { temporaryDirectory } from '../server/start.js';
import { callsOf, canTrace, Tracer } from '../server/strace.js';

const withStrace = canTrace() || process.env.CI ? test.serial : test.serial.skip;

withStrace('a sync of a file, or of a directory, is one of the system', async (t) => {
  const disk = new NodeDisk();
  const dir = temporaryDirectory();
  const path = join(dir, 'file');
  const file = await disk.create(path);
  const tracer = await Tracer.attach([process.pid], '-y', '-e', 'trace=fsync,fdatasync');
  await file.write(Buffer.from('x'), 0, 1, 0);
  await file.datasync();
  await disk.syncDirectory(dir);
  const calls = callsOf(await tracer.detach());
  await file.close();
  t.deepEqual(
    calls.map(({ name, text }) => [name, /<(.+)>\)\s+= 0/.exec(text)?.[1]]),
    [
      ['fdatasync', path],
      ['fsync', dir],
    ],
  );
});
