import { parseInt64 } from '../protocol/int64.js';
import { parseBytes, writeBytes } from './number-types.js';
import { Refusal, shown, type ValueType } from './value-type.js';

/** A client of the class is closed when its unsent output passes `hardBytes`, or `softBytes` for `softSeconds`; 0 is no limit. */
export interface OutputBufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

export interface OutputBufferLimits {
  readonly normal: OutputBufferLimit;
  /** A class of Redis's that has no client here. */
  readonly slave: OutputBufferLimit;
  readonly pubsub: OutputBufferLimit;
}

/** `class hard soft seconds`, once or several times; a class that isn't named keeps its limit. */
export function outputBufferLimits(): ValueType<OutputBufferLimits> {
  return {
    placeholder: 'limits',
    range: 'class (normal, pubsub), hard and soft bytes, seconds, once or more',
    isList: true,
    parse,
    format: (limits) => join(limits, String),
    write: ({ normal, pubsub }) => join({ normal, pubsub }, writeBytes),
  };
}

function parse(words: readonly string[], before: OutputBufferLimits): OutputBufferLimits | Refusal {
  if (words.length % 4 !== 0) {
    return new Refusal(
      'Wrong number of arguments in buffer limit configuration.',
      `takes four values for each class (class hard soft seconds), not ${words.length}`,
    );
  }
  const limits: Record<string, OutputBufferLimit> = { ...before };
  for (let i = 0; i < words.length; i += 4) {
    const [name = '', hard = '', soft = '', seconds = ''] = words.slice(i, i + 4);
    const limit = parseLimit(hard, soft, seconds);
    const lower = name.toLowerCase() === 'replica' ? 'slave' : name.toLowerCase();
    if (!Object.hasOwn(before, lower)) {
      return new Refusal(
        'Invalid client class specified in buffer limit configuration.',
        `class ${shown(name)} is neither normal nor pubsub`,
      );
    }
    if (limit === undefined) {
      return new Refusal(
        'Error in hard, soft or soft_seconds setting in buffer limit configuration.',
        `${shown(`${hard} ${soft} ${seconds}`)} is not a hard limit in bytes, a soft one and its seconds`,
      );
    }
    limits[lower] = limit;
  }
  return limits as unknown as OutputBufferLimits;
}

function parseLimit(hard: string, soft: string, seconds: string): OutputBufferLimit | undefined {
  const hardBytes = parseBytes(hard);
  const softBytes = parseBytes(soft);
  const text = Buffer.from(seconds);
  const softSeconds = parseInt64(text, 0, text.length);
  if (hardBytes === undefined || softBytes === undefined) return undefined;
  if (typeof softSeconds !== 'number' || softSeconds < 0) return undefined;
  return { hardBytes, softBytes, softSeconds };
}

function join(limits: Partial<OutputBufferLimits>, bytes: (count: number) => string): string {
  return Object.entries(limits)
    .map(([name, limit]: [string, OutputBufferLimit]) =>
      [name, bytes(limit.hardBytes), bytes(limit.softBytes), limit.softSeconds].join(' '),
    )
    .join(' ');
}
