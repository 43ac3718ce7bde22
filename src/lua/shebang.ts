import { CommandError } from '../commands/command.js';

const FLAGS = new Set([
  'no-writes',
  'allow-oom',
  'allow-stale',
  'no-cluster',
  'allow-cross-slot-keys',
]);

/** What the first line of a script says about it, and the rest; the line's end stays, so that lines keep their numbers. */
export function parseShebang(source: Buffer): {
  readonly isReadOnly: boolean;
  /** Whether it may run while more than `maxmemory` is used; without such a line, each of its commands is asked. */
  readonly overMemory: 'runs' | 'is refused' | 'by command';
  readonly code: Buffer;
} {
  if (source.toString('latin1', 0, 2) !== '#!') {
    return { isReadOnly: false, overMemory: 'by command', code: source };
  }
  const end = source.indexOf(10);
  if (end < 0) throw new CommandError('ERR Invalid script shebang');
  const [engine, ...options] = source
    .toString('latin1', 0, end)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (engine !== '#!lua') {
    throw new CommandError(`ERR Unexpected engine in script shebang: ${engine}`);
  }
  let isReadOnly = false;
  let mayRunOver = false;
  for (const option of options) {
    if (!option.startsWith('flags=')) {
      throw new CommandError(`ERR Unknown lua shebang option: ${option}`);
    }
    const flags = option.slice('flags='.length);
    for (const flag of flags === '' ? [] : flags.split(',')) {
      if (!FLAGS.has(flag)) {
        throw new CommandError(`ERR Unexpected flag in script shebang: ${flag}`);
      }
      if (flag === 'no-writes') isReadOnly = true;
      if (flag === 'allow-oom') mayRunOver = true;
    }
  }
  const overMemory = isReadOnly || mayRunOver ? 'runs' : 'is refused';
  return { isReadOnly, overMemory, code: source.subarray(end) };
}
