import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, DEFAULT_CIPHERS } from 'node:tls';
import type { Config } from '../config/directives.js';
import {
  TLS_PROTOCOLS,
  type TlsProtocol,
  type TlsSettings,
  tlsOptions,
} from '../transport/tls-settings.js';

const TICKET_KEYS_LENGTH = 48;

/** TLS can't be served with this configuration; the message is a readable sentence. */
export class TlsError extends Error {}

/**
 * Reads what the tls directives name; undefined when there is no tls-port. Throws a TlsError when a file can't be read, or
 * certificate and key can't be used: the workers get only what can.
 */
export function readTlsMaterial(config: Config): TlsSettings | undefined {
  if (config['tls-port'] === 0) return undefined;
  const clientCertificates = config['tls-auth-clients'];
  for (const name of ['tls-cert-file', 'tls-key-file'] as const) {
    if (config[name] === '') throw new TlsError(`tls-port needs ${name}`);
  }
  const issuers = readIssuers(config);
  if (clientCertificates !== 'no' && issuers.length === 0) {
    throw new TlsError(
      `tls-auth-clients ${clientCertificates} needs tls-ca-cert-file or tls-ca-cert-dir; ` +
        'with no, clients need no certificate',
    );
  }
  const settings: TlsSettings = {
    certificate: readText('tls-cert-file', config['tls-cert-file']),
    key: readText('tls-key-file', config['tls-key-file']),
    passphrase: config['tls-key-file-pass'],
    issuers,
    dhParameters: readText('tls-dh-params-file', config['tls-dh-params-file']),
    clientCertificates,
    protocols: parseProtocols(config['tls-protocols']),
    ciphers: ciphersOf(config),
    prefersOwnCiphers: config['tls-prefer-server-ciphers'],
    ticketKeys: randomBytes(TICKET_KEYS_LENGTH).toString('base64'),
    hasSessions: config['tls-session-caching'],
    sessionSeconds: config['tls-session-cache-timeout'],
  };
  tryOut(config, settings);
  return settings;
}

/** Certificate, key and their fit first, since most of what goes wrong is there. */
function tryOut(config: Config, settings: TlsSettings): void {
  const { certificate: cert, key, passphrase, issuers } = settings;
  const files = `tls-cert-file ${config['tls-cert-file']}`;
  attempt(`${files} can't be used`, () => createSecureContext({ cert }));
  attempt(`tls-key-file ${config['tls-key-file']} can't be used with it`, () =>
    createSecureContext({ cert, key, passphrase }),
  );
  attempt("the certificates of tls-ca-cert-file can't be used", () =>
    createSecureContext({ ca: [...issuers] }),
  );
  attempt('tls-ciphers, tls-ciphersuites or tls-protocols are not understood', () =>
    createSecureContext(tlsOptions(settings)),
  );
}

function attempt(what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new TlsError(`${what}: ${(error as Error).message}`);
  }
}

function readText(name: string, path: string): string {
  if (path === '') return '';
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TlsError(`${name} ${path} can't be read: ${(error as Error).message}`);
  }
}

/** OpenSSL finds the certificates of a directory by names made of hashes; here every one in it counts. */
function readIssuers(config: Config): string[] {
  const file = readText('tls-ca-cert-file', config['tls-ca-cert-file']);
  const issuers = file === '' ? [] : [file];
  const dir = config['tls-ca-cert-dir'];
  if (dir === '') return issuers;
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) continue;
      const text = readFileSync(join(dir, entry.name), 'utf8');
      if (text.includes('-----BEGIN CERTIFICATE-----')) issuers.push(text);
    }
    return issuers;
  } catch (error) {
    throw new TlsError(`tls-ca-cert-dir ${dir} can't be read: ${(error as Error).message}`);
  }
}

function parseProtocols(text: string): TlsProtocol[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return ['TLSv1.2', 'TLSv1.3'];
  return words.map((word) => {
    const protocol = TLS_PROTOCOLS.find((each) => each.toLowerCase() === word.toLowerCase());
    if (protocol !== undefined) return protocol;
    throw new TlsError(`tls-protocols ${word} is none of ${TLS_PROTOCOLS.join(', ')}`);
  });
}

/** Node takes both kinds in one list, and would leave TLSv1.3 out if no cipher of it were there. */
function ciphersOf(config: Config): string {
  const isSuite = (name: string) => name.startsWith('TLS_');
  const own = DEFAULT_CIPHERS.split(':');
  const suites = config['tls-ciphersuites'] || own.filter(isSuite).join(':');
  const others = config['tls-ciphers'] || own.filter((name) => !isSuite(name)).join(':');
  return `${suites}:${others}`;
}
