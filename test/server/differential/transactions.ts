import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { comparable, translate } from './differences.js';
import { encodeArray } from './encode.js';
import { Random } from './random.js';
import { key } from './sample.js';
import { randomCommand } from './stream.js';
import { parseReplies, show } from './wire.js';

/** What can't be queued, is not compared by its bytes, or tells of the server as a whole. */
const LEFT_OUT = new Set([
  'module',
  'shutdown',
  'bgsave',
  'info',
  'command',
  'config',
  'quit',
  'client',
]);

/** A request of one of the two clients. */
export interface Step {
  readonly client: 0 | 1;
  readonly words: readonly string[];
}

/** Two clients that watch, queue and change the same keys, one step after the other. */
export function randomSteps(seed: number, length: number): Step[] {
  const random = new Random(seed);
  const steps: Step[] = [];
  while (steps.length < length) {
    const client = random.chance(0.5) ? 0 : 1;
    const words = randomWords(random);
    if (words !== undefined) steps.push({ client, words });
  }
  return steps;
}

function randomWords(random: Random): readonly string[] | undefined {
  const kind = random.next();
  if (kind < 0.1) return ['MULTI'];
  if (kind < 0.22) return ['EXEC'];
  if (kind < 0.24) return ['DISCARD'];
  if (kind < 0.3)
    return ['WATCH', ...Array.from({ length: random.between(1, 2) }, () => key(random))];
  if (kind < 0.32) return ['UNWATCH'];
  if (kind < 0.35) return ['SELECT', random.pick(['0', '1'])];
  if (kind < 0.45) return randomScript(random);
  const { arguments: words, compare } = randomCommand(random);
  if (LEFT_OUT.has((words[0] ?? '').toLowerCase())) return undefined;
  return compare === 'bytes' && translate(words) === undefined ? words : undefined;
}

/** What limiters and caches do, and what is refused. */
const SCRIPTS = [
  "return redis.call('incr', KEYS[1])",
  "redis.call('set', KEYS[1], 0, 'EX', 1000, 'NX') return {redis.call('incrby', KEYS[1], ARGV[1]), redis.call('exists', KEYS[2])}",
  "local v = redis.call('get', KEYS[1]) if v then return {v, redis.call('decrby', KEYS[1], ARGV[2])} end return false",
  "return redis.pcall('incrby', KEYS[1], ARGV[1])",
  "redis.call('mset', KEYS[1], ARGV[1], KEYS[2], ARGV[2]) return redis.call('mget', KEYS[2], KEYS[1])",
  "redis.setresp(3) return {redis.call('get', KEYS[1]), redis.call('getdel', KEYS[2]), true, false}",
  "redis.call('del', KEYS[1]) return redis.call('nosuch')",
  "local sum = 0 for _, key in ipairs(KEYS) do sum = sum + #(redis.call('get', key) or '') end return sum",
  "return {redis.call('rename', KEYS[1], KEYS[2]), redis.call('ttl', KEYS[2]), redis.call('persist', KEYS[2])}",
  "local t = {KEYS[1], KEYS[2]} table.sort(t, function(a, b) return redis.call('incr', a) < redis.call('incr', b) end) return t",
];
const NUMBERS = [
  '0',
  '1',
  '-1',
  '7',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
];

function randomScript(random: Random): readonly string[] {
  const script = random.pick(SCRIPTS);
  const words = ['2', key(random), key(random), random.pick(NUMBERS), random.pick(NUMBERS)];
  const isReadOnly = random.chance(0.1);
  if (random.chance(0.4)) {
    const id = createHash('sha1').update(script).digest('hex');
    return [isReadOnly ? 'EVALSHA_RO' : 'EVALSHA', id, ...words];
  }
  return [isReadOnly ? 'EVAL_RO' : 'EVAL', script, ...words];
}

/** Plays the steps to both servers, each when the one before is answered; throws at the first difference. */
export async function playSteps(
  ours: number,
  redis: number,
  steps: readonly Step[],
): Promise<void> {
  const clients = await Promise.all([ours, ours, redis, redis].map((port) => Talk.open(port)));
  try {
    for (const [i, { client, words }] of steps.entries()) {
      const [our, its] = await Promise.all([
        (clients[client] as Talk).say(words),
        (clients[client + 2] as Talk).say(words),
      ]);
      if (comparable(words, our) === comparable(words, its)) continue;
      const before = steps
        .slice(Math.max(0, i - 8), i + 1)
        .map((step) => `  ${step.client}: ${JSON.stringify(step.words).slice(0, 200)}`);
      throw new Error(`step ${i}: ${show(our)}, Redis ${show(its)}\n${before.join('\n')}`);
    }
  } finally {
    for (const client of clients) client.close();
  }
}

/** A connection that asks one thing at a time. */
class Talk {
  readonly #socket: Socket;
  #received: Buffer[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#received.push(chunk));
  }

  static async open(port: number): Promise<Talk> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Talk(socket);
  }

  /** The bytes of the one reply. */
  async say(words: readonly string[]): Promise<Buffer> {
    this.#received = [];
    this.#socket.write(encodeArray(words));
    for (;;) {
      await once(this.#socket, 'data');
      const bytes = Buffer.concat(this.#received);
      if (isWhole(bytes)) return bytes;
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

function isWhole(bytes: Buffer): boolean {
  try {
    return parseReplies(bytes).length === 1;
  } catch {
    return false;
  }
}
