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

/** A difference, with what is needed to see it again. */
export class Difference extends Error {
  /** The commands up to the one that is answered differently. */
  readonly commands: readonly TestCommand[];
  /** The raw replies to the last of them; undefined when there was none. */
  readonly ours: Buffer | undefined;
  readonly redis: Buffer | undefined;

  constructor(
    commands: readonly TestCommand[],
    problem: string,
    ours: Buffer | undefined,
    redis: Buffer | undefined,
  ) {
    super(report(commands, problem));
    this.commands = commands;
    this.ours = ours;
    this.redis = redis;
  }
}

/** Plays one connection's random commands to both, and answers how many; throws the first Difference. */
export async function playRound(pair: Pair, seed: number, length: number): Promise<number> {
  const random = new Random(seed);
  const commands = randomRound(pair, random, length);
  await playBoth(pair, random, commands);
  return commands.length;
}

/** The commands of one connection, of both protocols in turn. */
function randomRound(pair: Pair, random: Random, length: number): readonly TestCommand[] {
  const commands: TestCommand[] = [];
  if (random.chance(0.5)) commands.push(plain('HELLO', '3'));
  while (commands.length < length && !endsWithQuit(commands)) commands.push(randomCommand(random));
  // What the stream did to the keys shows at the end.
  if (!endsWithQuit(commands)) {
    commands.push(plain('DBSIZE'), { ...plain('KEYS', '*'), compare: 'set' });
  }
  return pair.isRedis
    ? commands.filter((command) => translate(command.arguments) === undefined)
    : commands;
}

/** Plays commands that were played before, in one piece; undefined when there is no difference. */
export async function replay(
  pair: Pair,
  commands: readonly TestCommand[],
): Promise<Difference | undefined> {
  try {
    await playBoth(pair, undefined, commands);
    return undefined;
  } catch (error) {
    if (error instanceof Difference) return error;
    throw error;
  }
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

/** Without `random` the bytes are sent in one piece. */
async function playBoth(
  pair: Pair,
  random: Random | undefined,
  given: readonly TestCommand[],
): Promise<void> {
  const commands = endsWithQuit(given) ? given : [...given, plain('ECHO', LAST_WORD)];
  const translations = commands.map((command) => translate(command.arguments));
  const pieces = (bytes: Buffer) => (random === undefined ? [bytes] : fragment(random, bytes));
  const ourPieces = pieces(Buffer.concat(commands.map(encode)));
  const redisBytes = commands.flatMap((command, i) => {
    const translation = translations[i];
    if (translation === undefined) return [encode(command)];
    const { arguments: words, cleanUp } = translation;
    return [encodeArray(words), ...(cleanUp === undefined ? [] : [encodeArray(cleanUp)])];
  });
  const redisPieces = pieces(Buffer.concat(redisBytes));
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
    if (problem !== undefined)
      throw new Difference(commands.slice(0, i + 1), problem, our?.raw, its?.raw);
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

function report(commands: readonly TestCommand[], problem: string): string {
  const lines = commands.slice(-6).map(readable);
  return `command ${commands.length - 1}: ${problem}\n${lines.join('\n')}`;
}

export function readable({ isInline, arguments: words }: TestCommand): string {
  return `  ${isInline ? 'inline ' : ''}${JSON.stringify(words).slice(0, 300)}`;
}

function plain(...words: string[]): TestCommand {
  return { arguments: words, compare: 'bytes', isInline: false };
}

function encode(command: TestCommand): Buffer {
  return command.isInline ? encodeInline(command.arguments) : encodeArray(command.arguments);
}
