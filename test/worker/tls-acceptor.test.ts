import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createConfig } from '#dist/config/config.js';
import { readTlsMaterial } from '#dist/master/tls-material.js';
import { TlsAcceptor } from '#dist/worker/tls-acceptor.js';
import { Authority } from '../server/certificates.js';

const authority = new Authority();
const own = authority.issue('server');
const settings = readTlsMaterial(
  createConfig(undefined, [
    ['tls-port', ['1']],
    ['tls-cert-file', [own.certificate]],
    ['tls-key-file', [own.key]],
    ['tls-auth-clients', ['no']],
  ]),
);

/** A connection of which one end was accepted as the master does, and the handle of that end. */
async function connected(): Promise<{ client: Socket; handle: unknown }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1').on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [{ _handle: unknown }];
  const handle = accepted._handle;
  accepted._handle = null;
  server.close();
  return { client, handle };
}

/** Handlers of which the one for a failure is called once, and the other never. */
function awaited(t: ExecutionContext) {
  let failures = 0;
  let resolve = () => {};
  const failure = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  const handlers = {
    onSecure: () => t.fail(),
    onFailed: () => {
      t.is(++failures, 1);
      resolve();
    },
  };
  return { failure, handlers };
}

test('a handshake that is not done in its time has failed, once', async (t) => {
  t.timeout(10_000, 'it waits');
  const { failure, handlers } = awaited(t);
  const acceptor = new TlsAcceptor(handlers, 50);
  acceptor.configure(settings);
  const { client, handle } = await connected();
  acceptor.accept(handle);
  t.is(acceptor.pending, 1);
  client.resume();
  await Promise.all([failure, once(client, 'close')]);
  t.is(acceptor.pending, 0);
});

test('without settings every connection fails', async (t) => {
  t.timeout(10_000, 'it waits');
  const { failure, handlers } = awaited(t);
  const acceptor = new TlsAcceptor(handlers);
  const { client, handle } = await connected();
  acceptor.accept(handle);
  client.resume();
  await Promise.all([failure, once(client, 'close')]);
  t.is(acceptor.pending, 0);
});

test('what is wrong with the files is said by file', (t) => {
  const read = (...changes: (readonly [string, string])[]) =>
    readTlsMaterial(
      createConfig(undefined, [
        ['tls-port', ['1']],
        ...changes.map(([name, value]) => [name, [value]] as const),
      ]),
    );
  const cert = ['tls-cert-file', own.certificate] as const;
  const key = ['tls-key-file', own.key] as const;
  const open = ['tls-auth-clients', 'no'] as const;
  t.throws(() => read(), { message: 'tls-port needs tls-cert-file' });
  t.throws(() => read(cert), { message: 'tls-port needs tls-key-file' });
  t.throws(() => read(cert, key), {
    message: /^tls-auth-clients yes needs tls-ca-cert-file or tls-ca-cert-dir/,
  });
  t.throws(() => read(['tls-cert-file', '/nowhere'], key, open), {
    message: /^tls-cert-file \/nowhere can't be read: ENOENT/,
  });
  t.throws(() => read(['tls-cert-file', own.key], key, open), {
    message: /^tls-cert-file .* can't be used: /,
  });
  t.throws(() => read(cert, ['tls-key-file', own.certificate], open), {
    message: /^tls-key-file .* can't be used with it: /,
  });
  t.throws(() => read(cert, key, open, ['tls-protocols', 'TLSv1.3 SSLv3']), {
    message: 'tls-protocols SSLv3 is none of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3',
  });
  t.throws(() => read(cert, key, open, ['tls-ciphers', 'nonsense']), {
    message: /^tls-ciphers, tls-ciphersuites or tls-protocols are not understood: /,
  });
  const issuers = read(cert, key, ['tls-ca-cert-dir', authority.dir])?.issuers ?? [];
  t.true(issuers.includes(readFileSync(own.certificate, 'utf8')));
  t.true(issuers.every((each) => each.includes('BEGIN CERTIFICATE')));
});
