import type { Jump } from '../store/log/jump.js';

/** What the operator is to know of a jump that was made. */
export function describeJump({ options, raised, gauges, stopped, stoppedNames }: Jump): string[] {
  const lines = [`Advanced ${raised} entries of counters by ${options.by}.`];
  if (gauges > 0) {
    const moved =
      options.gauges === 'keep'
        ? 'kept as they were'
        : `${options.gauges === 'raise' ? 'raised' : 'lowered'} by ${options.by}`;
    lines.push(`${gauges} entries of gauges were ${moved}.`);
  }
  if (stopped > 0) {
    lines.push(
      `WARNING: ${stopped} entries reached the end of the 64-bit range, and their sequences are used up: ` +
        `${[...stoppedNames].join(', ')}${stopped > stoppedNames.size ? ', …' : ''}`,
    );
  }
  return lines;
}

/** For the name of a file: 20261124T094720Z. */
export function timestamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
