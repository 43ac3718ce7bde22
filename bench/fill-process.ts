import { connect } from 'node:net';
import RedisParser from 'redis-parser';
import { reasonOf } from './failure.js';

/** The program that fills a server: `node fill-process.js PORT COUNT incr|set`. See fill.ts. */

const CONNECTIONS = 4;
const BATCH = 1000;
/** Commands under way on one connection; enough that a server which waits for its disk still has work. */
const WINDOW = 8 * BATCH;
const DIGITS = 12;
const SILENCE_MS = 60_000;

interface Template {
  readonly bytes: Buffer;
  /** Where the digits of the name stand. */
  readonly digitsAt: number;
}

function templateFor(command: string): Template {
  const head = command === 'set' ? '*3\r\n$3\r\nSET\r\n' : '*2\r\n$4\r\nINCR\r\n';
  const tail = command === 'set' ? '\r\n$1\r\n1\r\n' : '\r\n';
  const prefix = `${head}$20\r\ncounter:`;
  return {
    bytes: Buffer.from(prefix + '0'.repeat(DIGITS) + tail, 'latin1'),
    digitsAt: prefix.length,
  };
}

/** The commands for names `first` to `last`. */
function commandsFor(template: Template, first: number, last: number): Buffer {
  const size = template.bytes.length;
  const bytes = Buffer.allocUnsafe((last - first + 1) * size);
  let start = 0;
  for (let number = first; number <= last; number++) {
    bytes.set(template.bytes, start);
    let rest = number;
    for (let at = start + template.digitsAt + DIGITS - 1; rest > 0; at--) {
      bytes[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    start += size;
  }
  return bytes;
}

/** Fills names `first` to `last` over one connection; returns when each has been answered. */
function fillRange(port: number, template: Template, first: number, last: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let next = first;
    let answered = first;
    const send = () => {
      while (next <= last && next - answered <= WINDOW - BATCH) {
        const end = Math.min(next + BATCH - 1, last);
        socket.write(commandsFor(template, next, end));
        next = end + 1;
      }
    };
    const parser = new RedisParser({
      returnReply: () => {
        answered++;
      },
      returnError: (error) => socket.destroy(error),
    });
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      parser.execute(chunk);
      if (answered > last) socket.end();
      else send();
    });
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('the server fell silent')));
    socket.on('error', reject);
    socket.on('close', () => {
      if (answered > last) resolve();
      else reject(new Error('the server closed the connection'));
    });
  });
}

async function main(port: number, count: number, command: string): Promise<void> {
  const template = templateFor(command);
  const share = Math.ceil(count / CONNECTIONS);
  const ranges: Promise<void>[] = [];
  for (let first = 1; first <= count; first += share) {
    ranges.push(fillRange(port, template, first, Math.min(first + share - 1, count)));
  }
  await Promise.all(ranges);
}

const [port, count, command = 'incr'] = process.argv.slice(2);
main(Number(port), Number(count), command).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  },
);
