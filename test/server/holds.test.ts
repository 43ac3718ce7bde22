import test from 'ava';
import { kill, processOf, until, untilPidsOf } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

/** So many takes in a row make a sequence worth lending. */
const OFTEN = 200;

/** A client at each of two workers; the ids of the second worker's clients are above a billion. */
async function clientOfEach(port: number): Promise<[RawClient, RawClient]> {
  const clients: (RawClient | undefined)[] = [];
  while (clients[0] === undefined || clients[1] === undefined) {
    const client = await RawClient.connect(port);
    const number = Math.floor(Number(await client.send('CLIENT', 'ID')) / 1e9);
    await clients[number]?.close();
    clients[number] = client;
  }
  return [clients[0], clients[1]];
}

async function take(client: RawClient, times: number): Promise<number> {
  let last = 0;
  for (let i = 0; i < times; i++) {
    const value = Number(await client.send('INCR', 'x'));
    if (value <= last) throw new Error(`${value} came after ${last}`);
    last = value;
  }
  return last;
}

async function info({ port }: StartedServer, field: string): Promise<number> {
  const text = String(await askOnce(port, 'INFO', 'sequement'));
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1]);
}

test('two workers hand a sequence to and fro without repeat, gap or step back', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const [a, b] = await clientOfEach(server.port);
  let last = 0;
  for (let round = 0; round < 10; round++) {
    for (const client of [a, b]) {
      const next = await take(client, OFTEN);
      t.is(next, last + OFTEN);
      last = next;
    }
  }
  t.true((await info(server, 'takes_from_holds')) > 0);
  t.true((await info(server, 'recalls')) > 0);
  t.is(await b.send('GET', 'x'), String(last));
  t.is(await a.send('GET', 'x'), String(last));
  t.is(await info(server, 'takes'), last);
  await a.close();
  await b.close();
  t.is(await server.stop(), 0);
  const next = await startSequement({ dir: server.dir });
  t.is(await askOnce(next.port, 'INCR', 'x'), String(last + 1));
  await next.stop();
});

test('a worker that leaves gives back what it was lent', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const [a, b] = await clientOfEach(server.port);
  const holder = b;
  t.is(await take(holder, OFTEN), OFTEN);
  t.is(await info(server, 'holds'), 1);
  server.process.kill('SIGTTOU');
  await until('one worker', async () => (await info(server, 'workers')) === 1);
  await until('the return', async () => (await info(server, 'holds')) === 0);
  t.is(await askOnce(server.port, 'INCR', 'x'), String(OFTEN + 1));
  await a.close();
  await b.close();
  await server.stop();
});

test('a stopped worker keeps its block until it is dead, and what it did not serve is a gap', async (t) => {
  t.timeout(45_000, 'somebody waits for ever');
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const [a, b] = await clientOfEach(server.port);
  const [holder] = await untilPidsOf(server.pid, 'worker', 2);
  t.is(await take(a, OFTEN), OFTEN);
  t.is(await info(server, 'holds'), 1);
  kill(holder as number, 'SIGSTOP');
  const lost = a.send('INCR', 'x').then(String, String);
  const next = Number(await b.send('INCR', 'x'));
  t.true(processOf(holder as number)?.isZombie !== false);
  t.true(next > OFTEN + 1, `${next}`);
  t.regex(await lost, /no answer/);
  t.is(Number(await b.send('INCR', 'x')), next + 1);
  await b.close();
  t.is(await server.stop(), 0);
});
