import type { LogKeeper } from './log-keeper.js';
import type { ReservationLog } from './reservation-log.js';

/**
 * When the last worker is gone: a base with the values as they are, so that the next start leaves no gap (rule 7), then the writer's end.
 * What went wrong, as a sentence, or ''.
 */
export async function writeExactState(
  log: ReservationLog,
  keeper: LogKeeper,
  deadlineMs: number,
): Promise<string> {
  let failure = '';
  try {
    log.flush();
    // A writer that has just died has a successor soon.
    await keeper.whenOpen(deadlineMs);
    await keeper.compactions.start(true);
  } catch (error) {
    failure =
      `the exact values could not be written (${(error as Error).message}): ` +
      'the next start goes on from what was reserved, with a gap';
  }
  const writer = keeper.child?.process;
  keeper.close();
  if (writer !== undefined && writer.exitCode === null && writer.signalCode === null) {
    const deadline = setTimeout(() => writer.kill('SIGKILL'), deadlineMs);
    await new Promise((resolve) => writer.once('exit', resolve));
    clearTimeout(deadline);
  }
  return failure;
}
