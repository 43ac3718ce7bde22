import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './start.js';

/** Files of a certificate and its key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Issues certificates for a test, which end tomorrow; their files go with the test process. */
export class Authority {
  readonly dir = temporaryDirectory();
  readonly #own: Certificate;

  constructor(name = 'authority') {
    this.#own = this.#selfSigned(name);
  }

  /** The file of its own certificate. */
  get certificate(): string {
    return this.#own.certificate;
  }

  get pem(): string {
    return readFileSync(this.#own.certificate, 'utf8');
  }

  /** For the loopback addresses and localhost. */
  issue(name: string): Certificate {
    const files = this.#filesOf(name);
    const request = join(this.dir, `${name}.csr`);
    const extensions = join(this.dir, `${name}.ext`);
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost\n');
    openssl(
      'req',
      '-new',
      ...NEW_KEY,
      '-keyout',
      files.key,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    );
    openssl(
      ...['x509', '-req', '-in', request, '-out', files.certificate, '-days', '1'],
      ...['-CA', this.#own.certificate, '-CAkey', this.#own.key, '-CAcreateserial'],
      ...['-extfile', extensions],
    );
    return files;
  }

  /** The same key with a password. */
  encrypt({ key }: Certificate, password: string): string {
    const encrypted = `${key}.encrypted`;
    openssl('pkey', '-in', key, '-out', encrypted, '-aes256', '-passout', `pass:${password}`);
    return encrypted;
  }

  #selfSigned(name: string): Certificate {
    const files = this.#filesOf(name);
    openssl(
      ...['req', '-x509', ...NEW_KEY, '-keyout', files.key, '-out', files.certificate],
      ...['-days', '1', '-subj', `/CN=${name}`],
    );
    return files;
  }

  #filesOf(name: string): Certificate {
    return {
      certificate: join(this.dir, `${name}.crt`),
      key: join(this.dir, `${name}.key`),
    };
  }
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes'] as const;

function openssl(...words: readonly string[]): void {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
