import { difference } from './compare.js';
import { translate } from './differences.js';
import { encodeArray, encodeInline, fragment } from './encode.js';
import { Random } from './random.js';
import { randomCommand, type TestCommand } from './stream.js';
import { converse, parseReplies, type Reply } from './wire.js';

/** Where the two servers listen. `isRedis`: ours is a second Redis (to test the test), so what is intended to differ is left out. */
export interface Pair {
  readonly ours: number;
  readonly redis: number;
  readonly isRedis: boolean;
}

const LAST_WORD = 'differential:last word';

/** Plays one connection's random commands to both; throws an Error that tells the first difference. */
export async function playRound(pair: Pair, seed: number, length: number): Promise<void> {
  const random = new Random(seed);
  const commands: TestCommand[] = [];
  if (random.chance(0.5)) commands.push(plain('HELLO', '3'));
  while (commands.length < length && !endsWithQuit(commands)) commands.push(randomCommand(random));
  // What the stream did to the keys shows at the end.
  if (!endsWithQuit(commands)) {
    commands.push(plain('DBSIZE'), { ...plain('KEYS', '*'), compare: 'set' });
  }
  await playBoth(
    pair,
    random,
    pair.isRedis
      ? commands.filter((command) => translate(command.arguments) === undefined)
      : commands,
  );
}

/** Plays given commands, each of which is compared byte for byte. */
export async function playCommands(
  pair: Pair,
  seed: number,
  commands: readonly (readonly string[])[],
): Promise<void> {
  await playBoth(
    pair,
    new Random(seed),
    commands.map((words) => plain(...words)),
  );
}

async function playBoth(pair: Pair, random: Random, given: readonly TestCommand[]): Promise<void> {
  const commands = endsWithQuit(given) ? given : [...given, plain('ECHO', LAST_WORD)];
  const translations = commands.map((command) => translate(command.arguments));
  const ourPieces = fragment(random, Buffer.concat(commands.map(encode)));
  const redisBytes = commands.flatMap((command, i) => {
    const translation = translations[i];
    if (translation === undefined) return [encode(command)];
    const { arguments: words, cleanUp } = translation;
    return [encodeArray(words), ...(cleanUp === undefined ? [] : [encodeArray(cleanUp)])];
  });
  const redisPieces = fragment(random, Buffer.concat(redisBytes));
  const last = Buffer.from(`$${LAST_WORD.length}\r\n${LAST_WORD}\r\n`);
  const [ours, redis] = await Promise.all([
    converse(pair.ours, ourPieces, last).then(parseReplies),
    converse(pair.redis, redisPieces, last).then(parseReplies),
  ]);
  const kept = withoutCleanUps(redis, translations);
  for (const [i, command] of commands.entries()) {
    const [our, its] = [ours[i], kept[i]];
    const problem =
      our === undefined || its === undefined
        ? `${our === undefined ? 'we' : 'Redis'} answered no more`
        : difference(command, our, its, translations[i]);
    if (problem !== undefined) throw new Error(report(commands, i, problem));
  }
  if (ours.length !== kept.length) throw new Error('there are more replies than commands');
}

/** Nothing may follow a QUIT here: a server that closes with bytes unread resets the connection, and replies get lost. */
function endsWithQuit(commands: readonly TestCommand[]): boolean {
  return commands.at(-1)?.arguments[0]?.toLowerCase() === 'quit';
}

function withoutCleanUps(
  replies: readonly Reply[],
  translations: readonly ({ readonly cleanUp?: readonly string[] } | undefined)[],
): Reply[] {
  const kept: Reply[] = [];
  let position = 0;
  for (const translation of translations) {
    const reply = replies[position];
    if (reply === undefined) break;
    kept.push(reply);
    position += translation?.cleanUp === undefined ? 1 : 2;
  }
  kept.push(...replies.slice(position));
  return kept;
}

function report(commands: readonly TestCommand[], index: number, problem: string): string {
  const before = commands.slice(Math.max(0, index - 5), index + 1);
  const lines = before.map(({ isInline, arguments: words }) => {
    return `  ${isInline ? 'inline ' : ''}${JSON.stringify(words).slice(0, 300)}`;
  });
  return `command ${index}: ${problem}\n${lines.join('\n')}`;
}

function plain(...words: string[]): TestCommand {
  return { arguments: words, compare: 'bytes', isInline: false };
}

function encode(command: TestCommand): Buffer {
  return command.isInline ? encodeInline(command.arguments) : encodeArray(command.arguments);
}
