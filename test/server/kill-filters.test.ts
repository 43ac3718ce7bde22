import test from 'ava';
import { ByteClient } from './byte-client.js';
import { type StartedServer, startSequement } from './start.js';

const NEAR = '127.0.0.1';
const FAR = '127.0.0.2';

let server: StartedServer;
let operator: ByteClient;
test.before(async () => {
  const options = ['--workers', '2', '--bind', `${NEAR} ${FAR}`, '--protected-mode', 'no'];
  server = await startSequement({ arguments: options });
  operator = await ByteClient.connect(server.port);
  await operator.ask('ACL', 'SETUSER', 'guest', 'on', 'nopass', '~*', '&*', '+@all');
});
test.after.always(async () => {
  await operator.close();
  await server.stop();
});

/** One client that is like the operator, one that listens, and one that is somebody else's and came another way. */
async function connectAll() {
  const plain = await ByteClient.connect(server.port);
  const listening = await ByteClient.connect(server.port);
  const other = await ByteClient.connect(server.port, FAR);
  await listening.ask('SUBSCRIBE', 'x');
  await other.ask('AUTH', 'guest', 'any');
  return { plain, listening, other };
}

type Clients = Awaited<ReturnType<typeof connectAll>>;
type Name = keyof Clients;

async function idOf(client: ByteClient): Promise<string> {
  return (await client.ask('CLIENT', 'ID')).trim().slice(1);
}

async function addressOf(client: ByteClient): Promise<string> {
  return / addr=(\S+)/.exec(await client.ask('CLIENT', 'INFO'))?.[1] ?? '';
}

const cases: readonly (readonly [
  filter: string,
  words: (clients: Clients) => Promise<readonly string[]>,
  closed: readonly Name[],
])[] = [
  ['an id', async ({ plain }) => ['ID', await idOf(plain)], ['plain']],
  ['an address', async ({ plain }) => ['ADDR', await addressOf(plain)], ['plain']],
  ['an address of ours', async () => ['LADDR', `${FAR}:${server.port}`], ['other']],
  ['the type of those that listen', async () => ['TYPE', 'pubsub'], ['listening']],
  ['the type of the others', async () => ['TYPE', 'normal'], ['plain', 'other']],
  ['a user', async () => ['USER', 'guest'], ['other']],
  ['a user and a type', async () => ['USER', 'default', 'TYPE', 'normal'], ['plain']],
  ['an id and a type', async ({ plain }) => ['ID', await idOf(plain), 'TYPE', 'pubsub'], []],
  ['whoever asks', async () => ['ID', await idOf(operator)], []],
  ['nothing but SKIPME', async () => ['SKIPME', 'yes'], ['plain', 'listening', 'other']],
];

for (const [filter, words, closed] of cases) {
  test.serial(`CLIENT KILL by ${filter} closes whom it names, and nobody else`, async (t) => {
    const clients = await connectAll();
    const answer = await operator.ask('CLIENT', 'KILL', ...(await words(clients)));
    t.is(answer, `:${closed.length}\r\n`);
    for (const [name, client] of Object.entries(clients)) {
      if (closed.includes(name as Name)) await client.untilClosed();
      else t.not(await client.ask('PING'), '', name);
      await client.close();
    }
    t.is(await operator.ask('ECHO', 'here'), '$4\r\nhere\r\n');
  });
}
