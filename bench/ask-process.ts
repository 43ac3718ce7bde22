import { connect } from 'node:net';
import { reasonOf } from './failure.js';

/** The program that sends one command, which its parent names, and tells it the bytes of the answer. See stalls.ts. */

const ANSWERED_WITHIN_MS = 300_000;
const END = 'the very end';

/** What it is to send, and where. */
export interface Question {
  readonly port: number;
  readonly commands: readonly (readonly string[])[];
}

/** `replyBytes` is not there when the connection was closed in place of an answer. */
export interface Answer {
  readonly tookMs: number;
  readonly replyBytes?: number;
  readonly error?: string;
}

/** The bytes of the answers, which are read and not parsed: what follows them tells their end. */
function ask({ port, commands }: Question): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const last = `$${END.length}\r\n${END}\r\n`;
    let bytes = 0;
    let tail = '';
    socket.on('connect', () =>
      socket.write(Buffer.from([...commands, ['ECHO', END]].map(encode).join(''), 'latin1')),
    );
    socket.on('data', (chunk) => {
      if (bytes === 0 && chunk[0] === 45) reject(new Error(chunk.toString('latin1', 0, 200)));
      bytes += chunk.length;
      tail = (tail + chunk.subarray(-last.length).toString('latin1')).slice(-last.length);
      if (tail !== last) return;
      socket.destroy();
      resolve(bytes - last.length);
    });
    socket.setTimeout(ANSWERED_WITHIN_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('error', reject);
    // A server that drops whoever asks for too much is a result as well.
    socket.on('close', () => resolve(undefined));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

process.on('message', async (question: Question) => {
  const startedMs = performance.now();
  const answer = await ask(question).then(
    (replyBytes) => ({ replyBytes }),
    (error: unknown) => ({ error: reasonOf(error) }),
  );
  process.send?.({ ...answer, tookMs: performance.now() - startedMs });
  process.disconnect();
});
