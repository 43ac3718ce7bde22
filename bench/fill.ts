import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchFailure } from './failure.js';

export const FILL_COMMANDS = ['incr', 'set'] as const;
export type FillCommand = (typeof FILL_COMMANDS)[number];

export interface Fill {
  readonly port: number;
  readonly count: number;
  readonly command: FillCommand;
}

const PROGRAM = fileURLToPath(new URL('./fill-process.js', import.meta.url));

/** Creates counter:000000000001 to `count`, each with value 1, from a process of its own. */
export function fillServer(fill: Fill, signal: AbortSignal): Promise<void> {
  const args = [String(fill.port), String(fill.count), fill.command];
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, args, { signal, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new BenchFailure(`Filling failed: ${complaint.trim() || `exit code ${code}`}`));
    });
  });
}
