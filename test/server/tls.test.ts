import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectPlain, createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import test from 'ava';
import { Redis } from 'ioredis';
import { run } from '../cli/run.js';
import { ByteClient } from './byte-client.js';
import { Authority } from './certificates.js';
import { until } from './processes.js';
import { askOnce } from './raw-client.js';
import { freePort, isRedisInstalled, type StartedServer, startSequement } from './start.js';

const authority = new Authority();
const own = authority.issue('server');
const clients = authority.issue('client');
const strangers = new Authority('stranger').issue('client');
const withCli = isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

interface TlsServer extends StartedServer {
  readonly tlsPort: number;
}

async function start(...further: string[]): Promise<TlsServer> {
  const tlsPort = await freePort();
  const server = await startSequement({
    arguments: [
      ...['--tls-port', String(tlsPort), '--tls-cert-file', own.certificate],
      ...['--tls-key-file', own.key, '--tls-ca-cert-file', authority.certificate, ...further],
    ],
  });
  return Object.assign(server, { tlsPort });
}

async function secure(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.pem, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function client(port: number, options: ConnectionOptions = {}): Promise<ByteClient> {
  return ByteClient.over(await secure(port, options));
}

function shown({ certificate, key }: { certificate: string; key: string }): ConnectionOptions {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

/** What a client gets: an answer, or nothing since it was turned away. */
async function outcome(port: number, options: ConnectionOptions = {}): Promise<string> {
  try {
    const each = await client(port, options);
    const answer = await each.ask('PING');
    await each.close();
    return answer;
  } catch {
    return 'turned away';
  }
}

async function stat(port: number, field: string): Promise<number> {
  const text = String(await askOnce(port, 'INFO', 'everything'));
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1]);
}

test.serial(
  'an encrypted connection has order, half-close and large replies like a plain one',
  async (t) => {
    const server = await start('--tls-auth-clients', 'no', '--workers', '2');
    const socket = await secure(server.tlsPort);
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    const names = Array.from({ length: 2000 }, (_, i) => `name-${i}`).join(' ');
    socket.end(`${'INCR n\r\n'.repeat(5000)}PING end\r\nMGET ${names}\r\nINCR n\r\n`);
    await once(socket, 'end');
    const numbers = Array.from({ length: 5000 }, (_, i) => `:${i + 1}\r\n`).join('');
    t.is(text, `${numbers}$3\r\nend\r\n*2000\r\n${'$-1\r\n'.repeat(2000)}:5001\r\n`);
    const [a, b] = await Promise.all([client(server.tlsPort), ByteClient.connect(server.port)]);
    t.is(await a.ask('INCR', 'n'), ':5002\r\n');
    t.is(await b.ask('INCR', 'n'), ':5003\r\n');
    await Promise.all([a.close(), b.close()]);
    t.is(await server.stop(), 0);
  },
);

test.serial(
  'clients need a certificate that is good, or none that is bad, as the directive says',
  async (t) => {
    const server = await start();
    const certificates = [{}, shown(clients), shown(strangers)];
    const outcomes = async () => {
      const found: string[] = [];
      for (const each of certificates) found.push(await outcome(server.tlsPort, each));
      return found;
    };
    const [in_, out] = ['+PONG\r\n', 'turned away'];
    t.deepEqual(await outcomes(), [out, in_, out]);
    t.is(await askOnce(server.port, 'CONFIG', 'SET', 'tls-auth-clients', 'optional'), 'OK');
    t.deepEqual(await outcomes(), [in_, in_, out]);
    t.is(await askOnce(server.port, 'CONFIG', 'SET', 'tls-auth-clients', 'no'), 'OK');
    t.deepEqual(await outcomes(), [in_, in_, in_]);
    t.is(await stat(server.port, 'failed_tls_handshakes'), 3);
    await server.stop();
  },
);

test.serial('a session from before is not enough when a certificate is needed now', async (t) => {
  const server = await start('--tls-auth-clients', 'no');
  const first = await secure(server.tlsPort);
  const [session] = (await once(first, 'session')) as [Buffer];
  first.destroy();
  t.is(await outcome(server.tlsPort, { session }), '+PONG\r\n');
  await askOnce(server.port, 'CONFIG', 'SET', 'tls-auth-clients', 'yes');
  t.is(await outcome(server.tlsPort, { session }), 'turned away');
  await server.stop();
});

test.serial('a session goes on at another worker', async (t) => {
  const server = await start('--tls-auth-clients', 'no', '--workers', '2');
  const workers = new Set<string>();
  let session: Buffer | undefined;
  await until('both workers', async () => {
    const socket = await secure(server.tlsPort, session === undefined ? {} : { session });
    t.is(socket.isSessionReused(), session !== undefined);
    if (session === undefined) {
      [session] = (await once(socket, 'session')) as [Buffer];
      // What is written in the event itself does not leave Node.
      await setImmediate();
    }
    const each = ByteClient.over(socket);
    workers.add((await each.ask('CLIENT', 'ID')).slice(1, -11));
    await each.close();
    return workers.size === 2;
  });
  await server.stop();
});

test.serial(
  'bad certificates are refused, and the old ones stay; HUP takes renewed ones',
  async (t) => {
    const dir = authority.dir;
    const files = { certificate: join(dir, 'renewed.crt'), key: join(dir, 'renewed.key') };
    const take = (each: { certificate: string; key: string }) => {
      copyFileSync(each.certificate, files.certificate);
      copyFileSync(each.key, files.key);
    };
    take(own);
    const server = await start(
      ...['--tls-auth-clients', 'no'],
      ...['--tls-cert-file', files.certificate, '--tls-key-file', files.key],
    );
    const subject = async () => {
      const socket = await secure(server.tlsPort);
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return subject.CN;
    };
    const kept = await client(server.tlsPort);
    t.is(await subject(), 'server');
    const refusal =
      "-ERR CONFIG SET failed (possibly related to argument 'tls-key-file') - " +
      'Unable to update TLS configuration. Check server logs.';
    t.is(
      String(await askOnce(server.port, 'CONFIG', 'SET', 'tls-key-file', strangers.key)),
      refusal,
    );
    t.regex(
      server.stdout,
      /tls-key-file .*client\.key can't be used with it: .*key values mismatch/,
    );
    t.is(await subject(), 'server');
    writeFileSync(files.certificate, 'nonsense');
    // What does not concern them reads none.
    t.is(await askOnce(server.port, 'CONFIG', 'SET', 'timeout', '0'), 'OK');
    server.process.kill('SIGHUP');
    await until('the refusal', () => /stays as it is: tls-cert-file/.test(server.stdout));
    t.is(await subject(), 'server');
    take(authority.issue('renewed'));
    server.process.kill('SIGHUP');
    await until('the renewal', () => server.stdout.includes('was read again'));
    t.is(await subject(), 'renewed');
    // Certificates that could be used do not come with a port that can't be had.
    take(authority.issue('early'));
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    t.regex(
      String(await askOnce(server.port, 'CONFIG', 'SET', 'tls-port', String(port))),
      /Unable to listen on this port/,
    );
    other.close();
    t.is(await subject(), 'renewed');
    t.is(await kept.ask('INCR', 'n'), ':1\r\n');
    await server.stop();
  },
);

test.serial('a key with a password is used with its password', async (t) => {
  const encrypted = authority.encrypt(own, 'secret');
  const server = await start('--tls-auth-clients', 'no');
  const set = (...words: string[]) => askOnce(server.port, 'CONFIG', 'SET', ...words);
  t.regex(String(await set('tls-key-file', encrypted)), /Unable to update TLS configuration/);
  t.is(await set('tls-key-file', encrypted, 'tls-key-file-pass', 'secret'), 'OK');
  t.is(await outcome(server.tlsPort), '+PONG\r\n');
  await server.stop();
});

test.serial('what is spoken is what the directives say', async (t) => {
  const server = await start(
    ...['--tls-auth-clients', 'no', '--tls-protocols', 'TLSv1.2'],
    ...['--tls-ciphers', 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384'],
  );
  const set = (...words: string[]) => askOnce(server.port, 'CONFIG', 'SET', ...words);
  const spoken = async (options: ConnectionOptions) => {
    const socket = await secure(server.tlsPort, options);
    const found = [socket.getProtocol(), socket.getCipher().name];
    socket.destroy();
    return found;
  };
  const [weaker, stronger] = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384'];
  const preferred = { ciphers: `${stronger}:${weaker}` };
  t.deepEqual(await spoken(preferred), ['TLSv1.2', stronger]);
  t.is(await outcome(server.tlsPort, { minVersion: 'TLSv1.3' }), 'turned away');
  t.is(await set('tls-prefer-server-ciphers', 'yes'), 'OK');
  t.deepEqual(await spoken(preferred), ['TLSv1.2', weaker]);
  t.is(await set('tls-protocols', '', 'tls-ciphersuites', 'TLS_AES_128_GCM_SHA256'), 'OK');
  t.deepEqual(await spoken({}), ['TLSv1.3', 'TLS_AES_128_GCM_SHA256']);
  t.regex(String(await set('tls-protocols', 'SSLv3')), /Unable to update TLS/);
  t.regex(String(await set('tls-ciphers', 'nonsense')), /Unable to update TLS/);
  await server.stop();
});

test.serial(
  'handshakes that are not done count as clients, and failed ones as nothing',
  async (t) => {
    const server = await start('--tls-auth-clients', 'no', '--maxclients', '3');
    const control = await ByteClient.connect(server.port);
    const info = async (field: string) => {
      const text = await control.ask('INFO', 'everything');
      return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1]);
    };
    await until(
      'who was there before is gone',
      async () => (await info('connected_clients')) === 1,
    );
    // Its worker has told the master by then.
    await control.ask('PING');
    const received = await info('total_connections_received');
    const half = [1, 2].map(() => connectPlain(server.tlsPort, '127.0.0.1').on('error', () => {}));
    await until('both', async () => (await info('total_connections_received')) >= received + 2);
    t.is(await outcome(server.tlsPort), 'turned away');
    const plain = await ByteClient.connect(server.port);
    t.is(await plain.until('\r\n'), '-ERR max number of clients reached\r\n');
    t.is(await info('rejected_connections'), 2);
    t.is(await info('failed_tls_handshakes'), 0);
    half[0]?.write('no handshake\r\n');
    half[1]?.destroy();
    await until('the ends of both', async () => (await info('failed_tls_handshakes')) === 2);
    await control.ask('PING');
    t.is(await outcome(server.tlsPort), '+PONG\r\n');
    half[0]?.destroy();
    t.is(await server.stop(), 0);
  },
);

test.serial('a stop does not wait for handshakes', async (t) => {
  const server = await start('--tls-auth-clients', 'no');
  const half = connectPlain(server.tlsPort, '127.0.0.1').on('error', () => {});
  await once(half, 'connect');
  await until(
    'its being accepted',
    async () => (await stat(server.port, 'total_connections_received')) >= 3,
  );
  const startedMs = performance.now();
  t.is(await server.stop(), 0);
  t.true(performance.now() - startedMs < 5000);
});

test.serial(
  'an encrypted client is killed, or dropped when it does not read, like any',
  async (t) => {
    const server = await start(
      ...['--tls-auth-clients', 'no'],
      ...['--client-output-buffer-limit', 'normal 500kb 0 0'],
    );
    const killed = await client(server.tlsPort);
    const id = (await killed.ask('CLIENT', 'ID')).trim().slice(1);
    t.is(await askOnce(server.port, 'CLIENT', 'KILL', 'ID', id), '1');
    await killed.closed;
    const deaf = await secure(server.tlsPort);
    deaf.on('error', () => {});
    deaf.pause();
    deaf.write(`ECHO ${'x'.repeat(60_000)}\r\n`.repeat(2000));
    await until('its end', async () => (await stat(server.port, 'connected_clients')) === 1);
    deaf.destroy();
    await server.stop();
  },
);

withCli('redis-cli, ioredis and the command line come in', async (t) => {
  const server = await start();
  const { tlsPort } = server;
  const files = ['--cacert', authority.certificate, '--cert', clients.certificate];
  const tls = ['--tls', ...files, '--key', clients.key];
  const cli = await promisify(execFile)('redis-cli', ['-p', String(tlsPort), ...tls, 'INCR', 'n']);
  t.is(cli.stdout, '1\n');
  const redis = new Redis({
    port: tlsPort,
    host: '127.0.0.1',
    tls: { ca: authority.pem, ...shown(clients) },
  });
  t.is(await redis.incr('n'), 2);
  await redis.quit();
  const got = await run(['get', 'n', '--port', String(tlsPort), ...tls]);
  t.deepEqual(got, { status: 0, stdout: '2\n', stderr: '' });
  const url = `rediss://localhost:${tlsPort}`;
  const next = await run(['next', 'n', '--url', url, ...files, '--key', clients.key]);
  t.deepEqual(next, { status: 0, stdout: '3\n', stderr: '' });
  const unknown = await run(['next', 'n', '--url', url]);
  t.is(unknown.status, 1);
  t.regex(unknown.stderr, /was issued by somebody unknown; name the issuer with --cacert/);
  await server.stop();
});
