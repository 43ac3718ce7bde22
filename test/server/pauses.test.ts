import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { kill, onlyPidOf, until, untilPidsOf } from './processes.js';
import { askOnce } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

/** So long that a slow machine is not taken for a pause. */
const PAUSE_MS = 1500;
/** Timers may be a little early. */
const EARLY_MS = 10;

let server: StartedServer;
test.before(async () => {
  server = await startSequement({ arguments: ['--workers', '2'] });
});
test.after.always(async () => {
  await server.stop();
});

function untilBlocked(port: number, count: number): Promise<number> {
  return until(`${count} are blocked`, async () => {
    const text = String(await askOnce(port, 'INFO', 'clients'));
    return text.includes(`\r\nblocked_clients:${count}\r\n`);
  });
}

/** What the client writes is kept back until somebody ends the pause. */
async function untilKept(t: ExecutionContext, port: number, client: ByteClient): Promise<void> {
  client.send(['INCR', 'kept']);
  await untilBlocked(port, 1);
  await delay(100);
  t.is(client.unread, '');
  t.is(await askOnce(port, 'CLIENT', 'UNPAUSE'), 'OK');
  t.is(await client.until('\r\n'), ':1\r\n');
}

test.serial('a pause of everything keeps back what only reads, too, until it ends', async (t) => {
  const [a, b] = await byteClientOfEach(server.port);
  const sentMs = performance.now();
  t.is(await askOnce(server.port, 'CLIENT', 'PAUSE', PAUSE_MS, 'ALL'), 'OK');
  for (const client of [a, b]) client.send(['GET', 'none']);
  for (const client of [a, b]) t.is(await client.until('\r\n'), '$-1\r\n');
  t.true(performance.now() - sentMs > PAUSE_MS - EARLY_MS);
  await Promise.all([a.close(), b.close()]);
});

test.serial(
  'a pause of what writes keeps back a transaction that does, and no other',
  async (t) => {
    const [a, b] = await byteClientOfEach(server.port);
    // What is queued during the pause is kept back then.
    b.send(['MULTI'], ['INCR', 'x']);
    t.is(await b.until('+QUEUED\r\n'), '+OK\r\n+QUEUED\r\n');
    t.is(await askOnce(server.port, 'CLIENT', 'PAUSE', 60_000, 'WRITE'), 'OK');
    a.send(['MULTI'], ['GET', 'x'], ['EXEC']);
    t.is(await a.until('*1\r\n$-1\r\n'), '+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n');
    b.send(['EXEC']);
    await untilBlocked(server.port, 1);
    t.is(await askOnce(server.port, 'GET', 'x'), null);
    t.is(b.unread, '');
    t.is(await askOnce(server.port, 'CLIENT', 'UNPAUSE'), 'OK');
    t.is(await b.until('\r\n:1\r\n'), '*1\r\n:1\r\n');
    await Promise.all([a.close(), b.close()]);
  },
);

test.serial('a second pause makes the first one not shorter', async (t) => {
  const client = await ByteClient.connect(server.port);
  for (const forMs of [60_000, 1]) {
    t.is(await askOnce(server.port, 'CLIENT', 'PAUSE', forMs, 'WRITE'), 'OK');
  }
  await untilKept(t, server.port, client);
  await client.close();
});

test.serial('a worker that starts during a pause keeps to it', async (t) => {
  const own = await startSequement({ arguments: ['--workers', '1'] });
  t.teardown(() => own.stop());
  t.is(await askOnce(own.port, 'CLIENT', 'PAUSE', 60_000, 'WRITE'), 'OK');
  const first = await onlyPidOf(own.pid, 'worker');
  kill(first);
  await until('another worker', async () => {
    const [pid] = await untilPidsOf(own.pid, 'worker');
    return pid !== first;
  });
  const client = await ByteClient.connect(own.port);
  await untilKept(t, own.port, client);
  await client.close();
});
