import { spawn } from 'node:child_process';
import { lockDirectory } from '#dist/lock/directory-lock.js';

/** A process that holds the lock of a directory until it is killed; with `with-child`, a child of it holds it too. */
const [dir, withChild] = process.argv.slice(2);
const lock = await lockDirectory(dir as string);
if (!lock.isLocked) throw new Error('the directory is locked');
let pid = process.pid;
if (withChild !== undefined) {
  const script = 'setInterval(() => {}, 60_000)';
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'ignore', 'ignore', lock.descriptor],
  });
  pid = child.pid as number;
}
process.send?.(pid);
setInterval(() => {}, 60_000);
