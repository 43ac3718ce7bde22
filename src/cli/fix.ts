import type { Int64 } from '../protocol/int64.js';
import type { Disk, LogFile } from '../store/disk.js';
import type { Identity } from '../store/log/base-writer.js';
import type { Inspection } from '../store/log/inspect.js';
import { type GaugeRule, Jump } from '../store/log/jump.js';
import { damagedLogPath } from '../store/log/names.js';
import { endOfLoss, rewrite, saveCopy } from '../store/log/repair.js';
import { describeJump, timestamp } from './jump-report.js';

/** Prints one line for the operator. */
export type Print = (line: string) => void;

export interface FixOptions {
  /** By how much the sequences are raised whose last reservation may be lost. */
  readonly advance?: Int64;
  readonly gauges?: GaugeRule;
  /** The operator knows that a sequence which was only in the lost part begins at 1 again. */
  readonly namesMayBeMissing?: boolean;
}

/**
 * Repairs a log with a torn tail or with damage; the exit status. What may have held reservations that were served from is not
 * given up unless the operator chose a jump that is larger than what they were.
 */
export async function fix(
  disk: Disk,
  identity: Identity,
  dir: string,
  file: LogFile,
  inspection: Inspection,
  options: FixOptions,
  print: Print,
): Promise<number> {
  const isLossy = endOfLoss(inspection) > 0;
  if (isLossy) {
    for (const line of describeLoss(inspection)) print(line);
    const missing = missingWords(inspection, options);
    if (missing.length > 0) {
      print(`Nothing was changed. It takes ${missing.join(' and ')}.`);
      return 1;
    }
  } else if (options.advance !== undefined) {
    print('No reservation is lost: nothing is advanced.');
  }
  const copy = damagedLogPath(dir, timestamp(identity.nowMs()));
  await saveCopy(disk, file, dir, copy);
  print(`Copied the log as it was to ${copy}.`);
  const { advance = 0, gauges = 'keep' } = options;
  const jump = isLossy ? new Jump({ by: advance, gauges }) : undefined;
  await rewrite(disk, identity, dir, file, { before: inspection, jump });
  const sequences = inspection.live.reduce((sum, [, count]) => sum + count, 0);
  print(`Wrote a new log with ${inspection.entries} entries of ${sequences} live sequences.`);
  if (jump !== undefined) for (const line of describeJump(jump)) print(line);
  return 0;
}

function describeLoss({ lost, missing, missingCount }: Inspection): string[] {
  const lines = ['WARNING: reservations may be lost that were acknowledged and served from:'];
  for (const { from, to, mayHoldEntries } of lost) {
    if (mayHoldEntries) lines.push(`  ${to - from} bytes at offset ${from}`);
  }
  lines.push(
    'A sequence whose last reservation lay there would go back and serve numbers again, unless it is advanced by more ' +
      'than it got there. Those that have a whole record behind the last of these places are right as they are.',
    'A sequence that was nowhere else is missing and would begin at 1 again; one that had been removed may be there again.',
  );
  if (missingCount > 0) {
    lines.push(`Readable there, unverified, and nowhere else: ${missing.join(', ')}`);
    const more = missingCount - missing.length;
    if (more > 0) lines.push(`  and ${more} more`);
    lines.push('Raise these with SET before you serve.');
  }
  lines.push('A backup that is restored with a jump may be the better choice: docs/backup.md.');
  return lines;
}

function missingWords(inspection: Inspection, options: FixOptions): string[] {
  const words: string[] = [];
  if (options.advance === undefined) {
    words.push('--advance <n>, n being more than any sequence took in the lost part,');
  }
  if (options.namesMayBeMissing !== true) {
    words.push('--names-may-be-missing, when you have seen to the sequences that may be missing,');
  }
  if (inspection.gauges > 0 && options.gauges === undefined) {
    words.push(`--gauges keep|raise|lower, since there are gauges (${inspection.gauges} entries)`);
  }
  return words;
}
