import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Loaded before the program of the server: a process whose role (master, worker, writer) has a file in the directory SLOW_START
 * does not get on before that file is gone. For tests of slow starts.
 */
const { SLOW_START = '', SEQUEMENT_ROLE = 'master' } = process.env;
const gate = join(SLOW_START, SEQUEMENT_ROLE);
const bell = new Int32Array(new SharedArrayBuffer(4));
const deadlineMs = performance.now() + 30_000;
while (SLOW_START !== '' && existsSync(gate) && performance.now() < deadlineMs)
  Atomics.wait(bell, 0, 0, 10);
