import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { open } from './crowd.js';
import { seeded } from './load.js';
import { onlyPidOf, until } from './processes.js';
import { askOnce, encode, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

/** A server with one worker, which must be the same process at the end. */
async function withServer(
  t: ExecutionContext,
  options: readonly string[],
  act: (server: StartedServer) => Promise<void>,
): Promise<void> {
  const server = await startSequement({ arguments: ['--workers', '1', ...options] });
  const worker = await onlyPidOf(server.pid, 'worker');
  t.is(await askOnce(server.port, 'INCR', 'witness'), '1');
  t.teardown(() => server.kill());
  await act(server);
  t.is(await askOnce(server.port, 'INCR', 'witness'), '2', 'a new connection is not served');
  t.is(await onlyPidOf(server.pid, 'worker'), worker, server.stdout);
  t.is(await server.stop(), 0, server.stdout);
}

const MALFORMED: readonly (readonly [string, string])[] = [
  ['*4294967296\r\n', 'invalid multibulk length'],
  ['*abc\r\n', 'invalid multibulk length'],
  ['*2147483648\r\n', 'invalid multibulk length'],
  ['*1\r\nPING\r\n', "expected '$', got 'P'"],
  ['*1\r\n$-1\r\n', 'invalid bulk length'],
  ['*1\r\n$abc\r\n', 'invalid bulk length'],
  ['*1\r\n$99999999999\r\n', 'invalid bulk length'],
  ['*2\r\n*1\r\n$4\r\nPING\r\n', "expected '$', got '*'"],
  ['PING "unbalanced\r\n', 'unbalanced quotes in request'],
  [`*1${' '.repeat(70_000)}`, 'too big mbulk count string'],
  ['x'.repeat(70_000), 'too big inline request'],
];

test('a malformed frame is answered with a protocol error and ends its connection only', async (t) => {
  await withServer(t, [], async ({ port }) => {
    const bystander = await RawClient.connect(port);
    for (const [frame, text] of MALFORMED) {
      const socket = await open(port);
      // What stands before it is answered, what stands behind it is not executed.
      socket.write(`${encode(['INCR', 'before'])}${frame}${encode(['INCR', 'behind'])}`);
      const answer = await untilClosed(socket);
      t.regex(answer, /^:\d+\r\n-ERR Protocol error: [^\r\n]*\r\n$/, frame.slice(0, 40));
      t.true(answer.includes(`-ERR Protocol error: ${text}`), `${frame.slice(0, 40)}: ${answer}`);
    }
    t.is(await bystander.send('GET', 'before'), String(MALFORMED.length));
    t.is(await bystander.send('GET', 'behind'), null);
    await bystander.close();
  });
});

test('random bytes end or are answered, and do no harm', async (t) => {
  await withServer(t, [], async ({ port }) => {
    const random = seeded(13);
    for (let round = 0; round < 60; round++) {
      const socket = await open(port);
      const bytes = Buffer.from(
        Array.from({ length: 1 + Math.floor(random() * 5000) }, () => Math.floor(random() * 256)),
      );
      // Every third one looks like the beginning of a request.
      socket.write(
        round % 3 === 0 ? Buffer.concat([Buffer.from('*3\r\n$3\r\nSET\r\n$'), bytes]) : bytes,
      );
      socket.end('\r\n');
      await untilClosed(socket);
    }
    t.pass();
  });
});

/** Sends ECHO after ECHO and takes no answer, until the server reads no more for so long or closes; how many bytes went out. */
async function neverRead(socket: Socket, patienceMs: number): Promise<number> {
  socket.pause();
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const request = Buffer.from(encode(['ECHO', 'x'.repeat(10_000)]).repeat(10));
  let sent = 0;
  while (!socket.destroyed && sent < 64 << 20) {
    sent += request.length;
    if (socket.write(request)) continue;
    await Promise.race([once(socket, 'drain').catch(() => {}), closed, delay(patienceMs)]);
    if (socket.writableNeedDrain) break;
  }
  return sent;
}

async function clients(port: number): Promise<number> {
  return String(await askOnce(port, 'CLIENT', 'LIST'))
    .trim()
    .split('\n').length;
}

test('a client that never reads is not read either', async (t) => {
  await withServer(t, ['--client-output-buffer-limit', 'normal 0 0 0'], async ({ port }) => {
    const socket = await open(port);
    t.teardown(() => socket.destroy());
    t.true((await neverRead(socket, 500)) < 64 << 20, 'everything was read');
    t.is(await clients(port), 2);
  });
});

for (const [title, limit] of [
  ['a client that never reads is dropped at the hard limit', 'normal 256kb 0 0'],
  ['a client that never reads is dropped a second after the soft limit', 'normal 0 256kb 1'],
] as const) {
  test(title, async (t) => {
    await withServer(t, ['--client-output-buffer-limit', limit], async ({ port }) => {
      const socket = await open(port);
      t.teardown(() => socket.destroy());
      // A server that is only slow has not read enough yet to drop it.
      await neverRead(socket, 30_000);
      await until('the client is dropped', async () => (await clients(port)) === 1);
    });
  });
}

test('a request that comes byte by byte is answered, and holds nobody up', async (t) => {
  await withServer(t, [], async ({ port }) => {
    const slow = await open(port);
    const answer = once(slow, 'data');
    const other = await RawClient.connect(port);
    let served = 0;
    for (const byte of encode(['INCRBY', 'slow', 42])) {
      slow.write(byte);
      await nextTurn();
      t.is(await other.send('INCR', 'other'), String(++served));
    }
    t.is(String((await answer)[0]), ':42\r\n');
    slow.destroy();
    await other.close();
  });
});

test('an MSET of a hundred thousand arguments is executed', async (t) => {
  await withServer(t, [], async ({ port }) => {
    const words = ['MSET', ...Array.from({ length: 50_000 }, (_, i) => [`many:${i}`, i]).flat()];
    const client = await RawClient.connect(port);
    t.is(await client.send(...words), 'OK');
    t.is(await client.send('GET', 'many:49999'), '49999');
    t.is(await client.send('DBSIZE'), '50001');
    await client.close();
  });
});

/** All that it sends until it closes. */
function untilClosed(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.setTimeout(15_000, () => {
      reject(new Error(`not closed after ${JSON.stringify(text.slice(0, 200))}`));
      socket.destroy();
    });
    // A server that closes without having read everything resets the connection.
    socket.on('error', () => {});
    socket.once('close', () => resolve(text));
  });
}
