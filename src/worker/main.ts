import { renameCommand } from '../commands/table.js';
import type { Passed } from '../protocol/control-message.js';
import { RENAMES } from '../protocol/environment.js';
import { collectWhenIdle } from '../transport/idle-collector.js';
import { openPipe } from '../transport/shared-read.js';
import { Worker } from './worker.js';

/** The pipe to the master, as the supervisor lays it. */
const PIPE = 4;

/** Ids of one worker's clients; the next worker's begin behind them. */
const CLIENT_IDS = 1e9;

/** Runs this process as a worker. Whatever signal reaches the whole group, only the master acts on it. */
export function runWorker(): void {
  process.title = 'sequement-worker';
  collectWhenIdle();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGTTIN', 'SIGTTOU'] as const) {
    process.on(signal, () => {});
  }
  const renames = JSON.parse(process.env[RENAMES] ?? '[]') as [string, string][];
  for (const [from, to] of renames) renameCommand(from, Buffer.from(to).toString('latin1'));
  const number = Number(process.env.SEQUEMENT_WORKER ?? 1);
  const worker = new Worker({
    openPipe: (onChunk) => {
      const pipe = openPipe(PIPE, onChunk);
      pipe.on('end', () => process.exit(0));
      pipe.on('error', () => process.exit(0));
      pipe.resume();
      return pipe;
    },
    firstClientId: (number - 1) * CLIENT_IDS + 1,
    exit: () => process.exit(0),
  });
  process.on('message', (message: Passed, passed: unknown) => {
    if (passed !== undefined && passed !== null) worker.accept(passed, message);
  });
}
