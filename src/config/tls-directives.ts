import { INT_MAX, row } from './directive.js';
import { integer } from './number-types.js';
import { choice, text, yesNo } from './word-types.js';

/** The directives of encrypted connections, named as in Redis. */
export const tlsDirectives = {
  'tls-port': row({
    group: 'TLS',
    type: integer({ min: 0, max: 65535 }),
    default: 0,
    isChangeable: true,
    help: 'Port for encrypted connections, on the addresses of bind; 0 is none. With port 0, nobody comes in without.',
  }),
  'tls-cert-file': row({
    group: 'TLS',
    type: text('path'),
    default: '',
    isChangeable: true,
    help:
      "The server's certificate, and the chain up to its issuer, as PEM. It is read again when the configuration is (HUP), and by any " +
      'CONFIG SET of a tls directive.',
  }),
  'tls-key-file': row({
    group: 'TLS',
    type: text('path'),
    default: '',
    isChangeable: true,
    help: 'The private key of that certificate, as PEM.',
  }),
  'tls-key-file-pass': row({
    group: 'TLS',
    type: text('password'),
    default: '',
    isChangeable: true,
    help: 'The password of the private key, if it has one.',
  }),
  'tls-ca-cert-file': row({
    group: 'TLS',
    type: text('path'),
    default: '',
    isChangeable: true,
    help: "Certificates of those who may have issued the clients' certificates.",
  }),
  'tls-ca-cert-dir': row({
    group: 'TLS',
    type: text('directory'),
    default: '',
    isChangeable: true,
    help: 'A directory of such certificates; every certificate in it counts.',
  }),
  'tls-auth-clients': row({
    group: 'TLS',
    type: choice(['no', 'yes', 'optional']),
    default: 'yes',
    isChangeable: true,
    help: 'Whether clients must have a certificate; optional: one that is given must be good.',
  }),
  'tls-protocols': row({
    group: 'TLS',
    type: text('protocols'),
    default: '',
    isChangeable: true,
    help: 'Which of TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3 are spoken, in one pair of quotes; empty is the latter two.',
  }),
  'tls-ciphers': row({
    group: 'TLS',
    type: text('list'),
    default: '',
    isChangeable: true,
    help: "Ciphers up to TLSv1.2, in OpenSSL's form; empty is the choice of Node.",
  }),
  'tls-ciphersuites': row({
    group: 'TLS',
    type: text('list'),
    default: '',
    isChangeable: true,
    help: "Ciphers of TLSv1.3, in OpenSSL's form; empty is the choice of Node.",
  }),
  'tls-prefer-server-ciphers': row({
    group: 'TLS',
    type: yesNo(),
    default: false,
    isChangeable: true,
    help: "Whether the server's order of ciphers counts, and not the client's.",
  }),
  'tls-dh-params-file': row({
    group: 'TLS',
    type: text('path'),
    default: '',
    isChangeable: true,
    help: 'Diffie-Hellman parameters for ciphers that need them; empty lets OpenSSL choose.',
  }),
  'tls-session-caching': row({
    group: 'TLS',
    type: yesNo(),
    default: true,
    isChangeable: true,
    help: 'Whether a client that comes again may go on with the keys of last time, at any worker.',
  }),
  'tls-session-cache-timeout': row({
    group: 'TLS',
    type: integer({ min: 0, max: INT_MAX, unit: 'seconds' }),
    default: 300,
    isChangeable: true,
    help: 'For how long it may.',
  }),
};
