import { seeded } from '../store/memory-disk.js';
import { type Answer, History, type Operation, type Step } from './history.js';

const CONNECTIONS = 5;
const RISING = ['a', 'b'] as const;
const MIXED = ['x', 'y'] as const;

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
  const history = new History();
  const values = new Map<string, bigint>();
  const gauges = new Set<string>();
  const taken = new Set<string>();
  const waiting = new Map<number, Waiting>();
  let connections = CONNECTIONS;
  let written = 1_000_000;
  const ids = Array.from({ length: CONNECTIONS }, (_, at) => at + 1);

  const randomSteps = (): Step[] => {
    const kind = pick(100);
    const rising = RISING[pick(RISING.length)] as string;
    const mixed = MIXED[pick(MIXED.length)] as string;
    if (kind < 40) return [{ kind: 'take', key: rising, amount: BigInt(1 + pick(4)) }];
    if (kind < 50) return [...RISING, ...MIXED].map((key): Step => ({ kind: 'read', key }));
    if (kind < 60) return [{ kind: 'read', key: rising }];
    if (kind < 68) return [1, 2].map((): Step => ({ kind: 'take', key: rising, amount: 1n }));
    if (kind < 78) return [{ kind: 'take', key: mixed, amount: BigInt(pick(2) * 2 - 1) }];
    if (kind < 84) return [{ kind: 'write', key: mixed, value: BigInt(written++) }];
    if (kind < 88)
      return MIXED.map((key): Step => ({ kind: 'write', key, value: BigInt(written) }));
    if (kind < 92) return [{ kind: 'remove', key: mixed }];
    return [{ kind: 'read', key: mixed }];
  };

  const execute = (step: Step): Answer => {
    const now = values.get(step.key);
    switch (step.kind) {
      case 'take': {
        const next = (now ?? 0n) + step.amount;
        values.set(step.key, next);
        if (step.amount < 0n) gauges.add(step.key);
        taken.add(step.key);
        return next;
      }
      case 'read':
        return now ?? null;
      case 'write':
        if (now !== undefined && step.value < now) gauges.add(step.key);
        values.set(step.key, step.value);
        taken.delete(step.key);
        return undefined;
      case 'remove':
        values.delete(step.key);
        gauges.delete(step.key);
        taken.delete(step.key);
        return now !== undefined;
    }
  };

  const crash = () => {
    for (const { operation } of waiting.values()) history.lost(operation);
    waiting.clear();
    history.happened('crash');
    for (const [key, value] of values) {
      if (taken.has(key) && !gauges.has(key)) values.set(key, value + BigInt(pick(4)));
    }
    taken.clear();
    for (let at = 0; at < ids.length; at++) ids[at] = ++connections;
  };

  const stop = () => {
    for (const [id, each] of waiting) {
      each.answers ??= each.operation.steps.map(execute);
      history.returned(each.operation, ...each.answers);
      waiting.delete(id);
    }
  };

  for (let step = 0; step < steps; step++) {
    const id = ids[pick(ids.length)] as number;
    const each = waiting.get(id);
    if (random() < 0.01) crash();
    else if (each === undefined) {
      const operation = history.invoke(id, ...randomSteps());
      waiting.set(id, { operation, answers: undefined });
      written += 2;
    } else if (each.answers === undefined) each.answers = each.operation.steps.map(execute);
    else {
      history.returned(each.operation, ...each.answers);
      waiting.delete(id);
    }
  }
  stop();
  return history;
}
