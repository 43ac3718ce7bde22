import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Loaded before the program of the server: the disk takes and gives at most half of what it is asked to, and 100 bytes. */
const MOST = 100;

function atMost(length: number): number {
  return Math.min(MOST, Math.ceil(length / 2));
}

type Done = (error: NodeJS.ErrnoException | null, count: number) => void;
type Transfer = (
  descriptor: number,
  bytes: Buffer,
  start: number,
  length: number,
  position: number,
  done: Done,
) => void;

const real = { write: fs.write as Transfer, read: fs.read as Transfer };

if (process.env.SEQUEMENT_ROLE === 'writer') {
  const short = (transfer: Transfer): Transfer => {
    return (descriptor, bytes, start, length, position, done) =>
      transfer(descriptor, bytes, start, atMost(length), position, done);
  };
  Object.assign(fs, { write: short(real.write), read: short(real.read) });
  syncBuiltinESMExports();
}
