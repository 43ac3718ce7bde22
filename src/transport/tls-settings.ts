import { constants } from 'node:crypto';
import type { TlsOptions } from 'node:tls';

/** What encrypted connections need, files and all, as it crosses a pipe: nothing but JSON. */
export interface TlsSettings {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly passphrase: string;
  /** PEM of the issuers of clients' certificates, in any number. */
  readonly issuers: readonly string[];
  readonly dhParameters: string;
  readonly clientCertificates: 'no' | 'yes' | 'optional';
  readonly protocols: readonly TlsProtocol[];
  /** In OpenSSL's form, those of TLSv1.3 first. */
  readonly ciphers: string;
  readonly prefersOwnCiphers: boolean;
  /** Of all workers, in base64, so that a session goes on at another one. New with new settings, so that none outlives them. */
  readonly ticketKeys: string;
  readonly hasSessions: boolean;
  readonly sessionSeconds: number;
}

/** From the oldest on. */
export const TLS_PROTOCOLS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsProtocol = (typeof TLS_PROTOCOLS)[number];

const OFF: Readonly<Record<TlsProtocol, number>> = {
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
};

/** As node:tls takes it; creating a context of it throws when key, certificate or ciphers are none. */
export function tlsOptions(settings: TlsSettings): TlsOptions {
  const { protocols } = settings;
  const isOn = (protocol: TlsProtocol) => protocols.includes(protocol);
  let secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  for (const protocol of TLS_PROTOCOLS) if (!isOn(protocol)) secureOptions |= OFF[protocol];
  if (!settings.hasSessions) secureOptions |= constants.SSL_OP_NO_TICKET;
  return {
    cert: settings.certificate,
    key: settings.key,
    ...(settings.passphrase !== '' && { passphrase: settings.passphrase }),
    // Without any, Node would trust all the authorities it knows.
    ca: [...settings.issuers],
    dhparam: settings.dhParameters === '' ? 'auto' : settings.dhParameters,
    requestCert: settings.clientCertificates !== 'no',
    rejectUnauthorized: settings.clientCertificates === 'yes',
    minVersion: TLS_PROTOCOLS.find(isOn) ?? 'TLSv1.2',
    maxVersion: TLS_PROTOCOLS.findLast(isOn) ?? 'TLSv1.3',
    secureOptions,
    ciphers: settings.ciphers,
    honorCipherOrder: settings.prefersOwnCiphers,
    sessionIdContext: 'sequement',
    ticketKeys: Buffer.from(settings.ticketKeys, 'base64'),
    sessionTimeout: settings.sessionSeconds,
  };
}
