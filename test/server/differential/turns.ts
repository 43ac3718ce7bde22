import { ByteClient } from '../byte-client.js';
import { difference } from './compare.js';
import { translate } from './differences.js';
import { encodeArray, encodeInline } from './encode.js';
import { Random } from './random.js';
import { Difference, type Pair } from './round.js';
import { randomCommand, type TestCommand } from './stream.js';
import { parseReplies, type Reply } from './wire.js';

/** Their connection ends, or is another one afterwards. */
const LEFT_OUT = new Set(['quit', 'shutdown']);

/** Answers with what a request brings: an ECHO behind it marks the end. */
async function ask(client: ByteClient, request: Buffer, mark: string): Promise<Reply[]> {
  const echoed = `$${mark.length}\r\n${mark}\r\n`;
  client.socket.write(Buffer.concat([request, encodeArray(['ECHO', mark])]));
  const text = await client.until(echoed);
  return parseReplies(Buffer.from(text.slice(0, -echoed.length), 'latin1'));
}

/** Plays random commands over two connections in turns, each answered before the next is sent; throws the first Difference. */
export async function playTurns(pair: Pair, seed: number, length: number): Promise<number> {
  const random = new Random(seed);
  const connect = (port: number) => Promise.all([1, 2].map(() => ByteClient.connect(port)));
  const [ours, redis] = await Promise.all([connect(pair.ours), connect(pair.redis)]);
  const played: TestCommand[] = [];
  try {
    for (let i = 0; i < length; i++) {
      const command = randomCommand(random);
      const [name = ''] = command.arguments;
      const translation = translate(command.arguments);
      if (LEFT_OUT.has(name.toLowerCase()) || (pair.isRedis && translation !== undefined)) continue;
      const at = random.between(0, 1);
      played.push(command);
      const theirs = [encodeArray(translation?.arguments ?? command.arguments)];
      if (translation?.cleanUp !== undefined) theirs.push(encodeArray(translation.cleanUp));
      const encode = command.isInline ? encodeInline : encodeArray;
      const [our, its] = await Promise.all([
        ask(ours[at] as ByteClient, encode(command.arguments), `mark:${i}`),
        ask(redis[at] as ByteClient, Buffer.concat(theirs), `mark:${i}`),
      ]);
      const [a, b] = [our[0], its[0]];
      const problem =
        a === undefined || b === undefined
          ? `${our.length} replies, Redis ${its.length}`
          : difference(command, a, b, translation);
      if (problem !== undefined)
        throw new Difference(played, `in turns: ${problem}`, a?.raw, b?.raw);
    }
  } finally {
    await Promise.all([...ours, ...redis].map((client) => client.close()));
  }
  return played.length;
}
