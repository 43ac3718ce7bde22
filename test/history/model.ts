import { seeded } from '../store/memory-disk.js';
import { History, type Operation } from './history.js';
import { ModelServer } from './model-server.js';
import type { Answer, Expiry, Step } from './step.js';

const CONNECTIONS = 5;
const RISING = ['a', 'b'] as const;
const MIXED = ['x', 'y'] as const;
/** They have deadlines, and change places. */
const TIMED = ['p', 'q'] as const;
const EPOCH_MS = 1_000_000;
/** Steps of the wall clock, forth and back. */
const CLOCK_STEPS_MS = [0, 5, 100, 100_000, -100_000];

interface Waiting {
  readonly operation: Operation;
  answers: Answer[] | undefined;
}

/**
 * A server that is right, and clients that send it random operations, one at a time each: every operation takes effect at one moment
 * between its request and its answer. Crashes lose answers, and skip what rising sequences may have reserved.
 */
export function correctHistory(seed: number, steps: number): History {
  const random = seeded(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const oneOf = <T>(list: readonly T[]) => list[pick(list.length)] as T;
  let nowMs = EPOCH_MS;
  let offsetMs = 0;
  const history = new History(() => nowMs);
  const server = new ModelServer(
    () => nowMs + offsetMs,
    () => nowMs,
  );
  const waiting = new Map<number, Waiting>();
  let connections = CONNECTIONS;
  let written = 1_000_000;
  const ids = Array.from({ length: CONNECTIONS }, (_, at) => at + 1);

  const randomExpiry = (): Expiry =>
    random() < 0.7
      ? { kind: 'in', ms: 1 + pick(60) }
      : { kind: 'at', ms: nowMs + offsetMs + pick(80) - 10 };

  const timedSteps = (): Step[] => {
    const [key, to] = random() < 0.5 ? TIMED : TIMED.toReversed();
    const name = key as string;
    switch (pick(11)) {
      case 0:
        return [{ kind: 'write', key: name, value: BigInt(written), expiry: randomExpiry() }];
      case 1:
        return [{ kind: 'write', key: name, value: BigInt(written), expiry: 'kept' }];
      case 2:
        return [{ kind: 'expire', key: name, expiry: randomExpiry() }];
      case 3:
        return [{ kind: 'expire', key: name }];
      case 4:
        return [{ kind: 'deadline', key: name, isRelative: random() < 0.5 }];
      case 5: {
        const [isCopy, replaces] = [random() < 0.5, random() < 0.5];
        return [{ kind: 'move', key: name, to: to as string, isCopy, replaces }];
      }
      case 6:
        return [
          {
            kind: 'create',
            pairs: TIMED.map((each) => [each, BigInt(written)]),
            ...(random() < 0.5 ? { expiry: randomExpiry() } : {}),
          },
        ];
      case 7:
        return [{ kind: 'swap', pairs: [TIMED] }];
      case 8:
        return [{ kind: 'exists', key: name }];
      case 9:
        return [{ kind: 'take', key: name, amount: 1n }];
      default:
        return TIMED.map((each): Step => ({ kind: 'read', key: each }));
    }
  };

  const randomSteps = (): Step[] => {
    const kind = pick(130);
    const rising = oneOf(RISING);
    const mixed = oneOf(MIXED);
    if (kind < 40) return [{ kind: 'take', key: rising, amount: BigInt(1 + pick(4)) }];
    if (kind < 50) return [...RISING, ...MIXED].map((key): Step => ({ kind: 'read', key }));
    if (kind < 60) return [{ kind: 'read', key: rising }];
    if (kind < 68) return [1, 2].map((): Step => ({ kind: 'take', key: rising, amount: 1n }));
    if (kind < 78) return [{ kind: 'take', key: mixed, amount: BigInt(pick(2) * 2 - 1) }];
    if (kind < 84) return [{ kind: 'write', key: mixed, value: BigInt(written++) }];
    if (kind < 88)
      return MIXED.map((key): Step => ({ kind: 'write', key, value: BigInt(written) }));
    if (kind < 92) return [{ kind: 'remove', key: mixed }];
    if (kind < 100) return [{ kind: 'read', key: mixed }];
    return timedSteps();
  };

  /** What each connection watches. */
  const watching = new Map<number, string[]>();
  const watchedSteps = (id: number): Step[] => {
    const keys = watching.get(id);
    if (keys === undefined || random() < 0.2) {
      const key = oneOf([...MIXED, ...TIMED]);
      watching.set(id, [...(keys ?? []), key]);
      return [{ kind: 'watch', keys: [key], isFirst: keys === undefined }];
    }
    watching.delete(id);
    if (random() < 0.1) return [{ kind: 'unwatch', keys }];
    return [{ kind: 'guard', keys }, ...randomSteps(), ...randomSteps()];
  };

  const execute = ({ connection, steps: asked }: Operation) => server.executeAll(connection, asked);

  const crash = () => {
    for (const { operation } of waiting.values()) history.lost(operation);
    waiting.clear();
    history.happened('crash');
    server.crash(() => pick(4));
    for (let at = 0; at < ids.length; at++) ids[at] = ++connections;
  };

  const stop = () => {
    for (const [id, each] of waiting) {
      each.answers ??= execute(each.operation);
      history.returned(each.operation, ...each.answers);
      waiting.delete(id);
    }
  };

  for (let step = 0; step < steps; step++) {
    nowMs += random() < 0.3 ? pick(6) : 0;
    const id = ids[pick(ids.length)] as number;
    const each = waiting.get(id);
    const event = random();
    if (event < 0.01) crash();
    else if (event < 0.02) {
      offsetMs = oneOf(CLOCK_STEPS_MS);
      history.clockSet(offsetMs);
    } else if (each === undefined) {
      const isWatched = watching.has(id) ? random() < 0.5 : random() < 0.08;
      const operation = history.invoke(id, ...(isWatched ? watchedSteps(id) : randomSteps()));
      waiting.set(id, { operation, answers: undefined });
      written += 2;
    } else if (each.answers === undefined) each.answers = execute(each.operation);
    else {
      history.returned(each.operation, ...each.answers);
      waiting.delete(id);
    }
  }
  stop();
  return history;
}
