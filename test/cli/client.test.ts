import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { array, bulk, startFakeServer } from './fake-server.js';
import { run } from './run.js';

test('next prints the next number', async (t) => {
  const server = await startFakeServer(t, () => ':9223372036854775807\r\n');
  const outcome = await run(['next', 'order', '--port', `${server.port}`]);
  t.deepEqual(outcome, { status: 0, stdout: '9223372036854775807\n', stderr: '' });
  t.deepEqual(server.requests, [['INCR', 'order']]);
});

test('next --count prints the first and the last number', async (t) => {
  const server = await startFakeServer(t, () =>
    array(':9007199254740993\r\n', ':9007199254740995\r\n'),
  );
  const outcome = await run(['next', 'order', '--count', '3', '--port', `${server.port}`]);
  t.deepEqual(outcome, { status: 0, stdout: '9007199254740993 9007199254740995\n', stderr: '' });
  t.deepEqual(server.requests, [['SEQ.NEXT', 'order', 'COUNT', '3']]);
});

test('get prints the value', async (t) => {
  const server = await startFakeServer(t, () => bulk('-42'));
  const outcome = await run(['get', 'order', '--port', `${server.port}`]);
  t.deepEqual(outcome, { status: 0, stdout: '-42\n', stderr: '' });
});

test('get of a sequence that is not there fails', async (t) => {
  const server = await startFakeServer(t, () => bulk(undefined));
  const outcome = await run(['get', 'order', '--port', `${server.port}`]);
  t.deepEqual(outcome, {
    status: 1,
    stdout: '',
    stderr: "sequement: there is no sequence 'order'\n",
  });
});

test('info prints a section with the line ends of a terminal', async (t) => {
  const server = await startFakeServer(t, () => bulk('# Server\r\na:b\r\n'));
  const outcome = await run(['info', 'server', '--port', `${server.port}`]);
  t.deepEqual(outcome, { status: 0, stdout: '# Server\na:b\n', stderr: '' });
  t.deepEqual(server.requests, [['INFO', 'server']]);
});

test('list goes through the whole iteration and leaves out what is gone', async (t) => {
  const values: Readonly<Record<string, string>> = { a: '1', 'b\tc\\\n': '2', '\xff': '3' };
  const server = await startFakeServer(t, ([name, ...rest]) => {
    if (name === 'MGET') return array(...rest.map((key) => bulk(values[key] ?? values['\xff'])));
    if (rest[0] === '0') return array(bulk('7'), array(bulk('a'), bulk('b\tc\\\n')));
    if (rest[0] === '7') return array(bulk('9'), array());
    return array(bulk('0'), array(bulk('\xff')));
  });
  const outcome = await run(['list', '*', '--port', `${server.port}`]);
  t.deepEqual(outcome, { status: 0, stdout: 'a\t1\nb\\x09c\\x5c\\x0a\t2\n\xff\t3\n', stderr: '' });
  const scans = server.requests.filter(([name]) => name === 'SCAN');
  t.deepEqual(scans[0], ['SCAN', '0', 'MATCH', '*', 'COUNT', '1000']);
  t.is(scans.length, 3);
});

test('list leaves out names whose value is gone', async (t) => {
  const server = await startFakeServer(t, ([name]) =>
    name === 'MGET'
      ? array(bulk(undefined), bulk('2'))
      : array(bulk('0'), array(bulk('a'), bulk('b'))),
  );
  const outcome = await run(['list', '--port', `${server.port}`]);
  t.deepEqual(outcome, { status: 0, stdout: 'b\t2\n', stderr: '' });
});

test('the environment names the server and the password', async (t) => {
  const server = await startFakeServer(t, ([name]) => (name === 'GET' ? bulk('1') : '+OK\r\n'));
  const outcome = await run(['get', 'a'], {
    SEQUEMENT_URL: `redis://127.0.0.1:${server.port}/3`,
    SEQUEMENT_PASSWORD: 'secret',
  });
  t.deepEqual(outcome, { status: 0, stdout: '1\n', stderr: '' });
  t.deepEqual(server.requests, [
    ['AUTH', 'secret'],
    ['SELECT', '3'],
    ['GET', 'a'],
  ]);
});

test('a wrong password fails with a sentence', async (t) => {
  const refusal = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
  const server = await startFakeServer(t, ([name]) =>
    name === 'AUTH' ? refusal : '-NOAUTH x\r\n',
  );
  const argv = ['get', 'a', '--port', `${server.port}`, '--password', 'x', '--user', 'u'];
  t.deepEqual(await run(argv), {
    status: 1,
    stdout: '',
    stderr: `sequement: the server at 127.0.0.1:${server.port} does not accept this user and password\n`,
  });
});

test('a missing password fails with a sentence', async (t) => {
  const server = await startFakeServer(t, () => '-NOAUTH Authentication required.\r\n');
  t.deepEqual(await run(['get', 'a', '--port', `${server.port}`]), {
    status: 1,
    stdout: '',
    stderr:
      `sequement: the server at 127.0.0.1:${server.port} wants a password; ` +
      'give it in SEQUEMENT_PASSWORD or with --password\n',
  });
});

test("the server's error fails with its text", async (t) => {
  const server = await startFakeServer(t, () => '-ERR increment or decrement would overflow\r\n');
  const { status, stderr } = await run(['next', 'a', '--port', `${server.port}`]);
  t.is(status, 1);
  t.is(
    stderr,
    `sequement: the server at 127.0.0.1:${server.port} answered: ERR increment or decrement would overflow\n`,
  );
});

test('a server that is not there fails with a sentence', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  t.deepEqual(await run(['get', 'a', '--port', `${port}`]), {
    status: 1,
    stdout: '',
    stderr: `sequement: no server listens on 127.0.0.1:${port}; is it running?\n`,
  });
  const { status, stderr } = await run(['info', '--socket', '/nonexistent/socket']);
  t.is(status, 1);
  t.is(stderr, 'sequement: there is no socket /nonexistent/socket; is the server running?\n');
});

test('a server that hangs up fails with a sentence', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, stderr } = await run(['get', 'a', '--port', `${port}`]);
  t.is(status, 1);
  t.regex(stderr, /^sequement: the connection to 127\.0\.0\.1:\d+ [^\n]+\n$/);
});
