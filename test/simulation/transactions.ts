import type { Answer, Step } from '../history/step.js';
import {
  allOf,
  answersTo,
  type Dice,
  nameIn,
  type Picking,
  Refusal,
  type SimulatedCommand,
} from './command.js';

/** What a connection watches, as far as its client has asked for it. */
export interface Watching {
  /** Names as in the history, in all databases. */
  readonly keys: readonly string[];
}

export const WATCHING_NOTHING: Watching = { keys: [] };

export interface Transaction {
  readonly command: SimulatedCommand;
  /** What is watched behind it. */
  readonly watching: Watching;
}

/** WATCH, UNWATCH, or commands between MULTI and EXEC or DISCARD. */
export function pickTransaction(
  { world, keys }: Picking,
  watching: Watching,
  pick: () => SimulatedCommand,
): Transaction {
  const kind = world.pick(100);
  if (kind < 30) return watch(world, keys.database, [...allOf(keys)], watching);
  if (kind < 34) return unwatch([['UNWATCH']], watching);
  const commands = Array.from({ length: 1 + world.pick(4) }, pick);
  const requests = commands.flatMap((each) => each.requests);
  if (kind < 38) return unwatch([['MULTI'], ...requests, ['DISCARD']], watching);
  return { command: execute(commands, watching), watching: WATCHING_NOTHING };
}

function watch(
  world: Dice,
  database: number,
  all: readonly string[],
  before: Watching,
): Transaction {
  const chosen = [world.oneOf(all), ...(world.chance(0.3) ? [world.oneOf(all)] : [])];
  const names = chosen.map((each) => nameIn(database, each));
  const isFirst = before.keys.length === 0;
  return {
    command: {
      requests: [['WATCH', ...chosen]],
      steps: [{ kind: 'watch', keys: names, isFirst }],
      answers: () => [],
    },
    watching: { keys: [...before.keys, ...names] },
  };
}

function unwatch(requests: readonly (readonly string[])[], { keys }: Watching): Transaction {
  const steps: Step[] = keys.length === 0 ? [] : [{ kind: 'unwatch', keys }];
  return { command: { requests, steps, answers: () => [] }, watching: WATCHING_NOTHING };
}

function execute(commands: readonly SimulatedCommand[], { keys }: Watching): SimulatedCommand {
  const guards: Step[] = keys.length === 0 ? [] : [{ kind: 'guard', keys }];
  return {
    requests: [['MULTI'], ...commands.flatMap(({ requests }) => requests), ['EXEC']],
    steps: [...guards, ...commands.flatMap(({ steps }) => steps)],
    answers: (reply) => {
      if (reply === null && guards.length > 0) return [false];
      const replies = reply as unknown[];
      const answers: Answer[] = guards.length > 0 ? [true] : [];
      commands.forEach((command, at) => {
        const all = answersTo(command, replies[at]);
        // Nothing of it was changed, since the log has failed: the whole transaction counts as refused.
        if (typeof all === 'string') throw new Refusal(all);
        command.steps.forEach((_, step) => {
          answers.push(all[step]);
        });
      });
      return answers;
    },
  };
}
