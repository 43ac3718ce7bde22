import type { Step } from '../history/step.js';
import { asOk, asYesOrNo, nameIn, type Picking, type SimulatedCommand } from './command.js';

/** A command that gives sequences other names or places, or sets several at once. */
export function pickNameCommand({ world, keys }: Picking, key: string): SimulatedCommand {
  const { database, twin } = keys;
  const other = world.oneOf([...keys.rising, ...keys.mixed].filter((each) => each !== key));
  const name = nameIn(database, key);
  const values = [world.pick(1000), world.pick(1000)] as const;
  if (twin === undefined) {
    // Only what is read of a rising sequence may go elsewhere.
    const words = ['COPY', world.oneOf([key, other]), 'p', 'DB', '1', 'REPLACE'];
    return {
      requests: [words],
      steps: [move(nameIn(database, words[1] as string), '1/p', true, true)],
      answers: asYesOrNo,
    };
  }
  const beside = nameIn(database, other);
  const pairs = [
    [name, BigInt(values[0])],
    [beside, BigInt(values[1])],
  ] as const;
  const settings = [key, String(values[0]), other, String(values[1])];
  switch (world.pick(8)) {
    case 0:
      return {
        requests: [['RENAME', key, other]],
        steps: [move(name, beside, false, true)],
        answers: () => [true],
        errors: { 'ERR no such key': [false] },
      };
    case 1:
      return {
        requests: [['RENAMENX', key, other]],
        steps: [move(name, beside, false, false)],
        answers: asYesOrNo,
        errors: { 'ERR no such key': [false] },
      };
    case 2: {
      const replaces = world.chance(0.5);
      return {
        requests: [['COPY', key, other, ...(replaces ? ['REPLACE'] : [])]],
        steps: [move(name, beside, true, replaces)],
        answers: asYesOrNo,
      };
    }
    case 3:
      return {
        requests: [['COPY', key, other, 'DB', String(twin), 'REPLACE']],
        steps: [move(name, nameIn(twin, other), true, true)],
        answers: asYesOrNo,
      };
    case 4:
      return {
        requests: [['MOVE', key, String(twin)]],
        steps: [move(name, nameIn(twin, key), false, false)],
        answers: asYesOrNo,
      };
    case 5:
      return {
        requests: [['MSETNX', ...settings]],
        steps: [{ kind: 'create', pairs }],
        answers: asYesOrNo,
      };
    case 6:
      return {
        requests: [['MSET', ...settings]],
        steps: pairs.map(([each, value]) => ({ kind: 'write', key: each, value })),
        answers: asOk,
      };
    default:
      return {
        requests: [['SWAPDB', String(database), String(twin)]],
        steps: [
          {
            kind: 'swap',
            pairs: keys.mixed.map((each) => [nameIn(database, each), nameIn(twin, each)]),
          },
        ],
        answers: asOk,
      };
  }
}

function move(key: string, to: string, isCopy: boolean, replaces: boolean): Step {
  return { kind: 'move', key, to, isCopy, replaces };
}
