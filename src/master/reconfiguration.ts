import { configSet } from '../config/config-set.js';
import type { Config } from '../config/directives.js';
import { reloaded } from '../config/reload.js';
import type { TlsSettings } from '../transport/tls-settings.js';
import type { Listener, ListenerSettings } from './listener.js';
import { readTlsMaterial, TlsError } from './tls-material.js';

export interface ReconfigurationParts {
  readonly listener: Pick<Listener, 'change'>;
  /** Everybody takes over what is in force now, in place of `before`; it does not fail. Undefined when they have at once. */
  take(before: Config): Promise<void> | undefined;
  warn(text: string): void;
  note(text: string): void;
}

type Pair = readonly [name: string, text: string];

const LISTENING: readonly string[] = ['bind', 'port', 'tls-port'];

/**
 * The configuration as it is in force, and every change of it while the server runs. What may fail comes first (certificates, sockets), so
 * that a change takes effect as a whole or not at all; one change is under way at a time, and the next one begins from its outcome.
 */
export class Reconfiguration {
  readonly #parts: ReconfigurationParts;
  #config: Config;
  #tls: TlsSettings | undefined;
  /** Changes that wait for the end of the one that is under way. */
  readonly #waiting: (() => Promise<void> | undefined)[] = [];
  #isUnderWay = false;

  constructor(config: Config, parts: ReconfigurationParts) {
    this.#config = config;
    this.#parts = parts;
  }

  get config(): Config {
    return this.#config;
  }

  get tls(): TlsSettings | undefined {
    return this.#tls;
  }

  /** Reads the certificates for the start; throws with a readable sentence. */
  begin(): void {
    this.#tls = readTlsMaterial(this.#config);
  }

  /** CONFIG SET: `done` is called once, at once if nothing has to be waited for, with the error reply or with nothing. */
  set(pairs: readonly Pair[], done: (error?: string) => void): void {
    this.#inTurn(() => {
      const config = configSet(this.#config, pairs);
      if (typeof config === 'string') {
        done(config);
        return undefined;
      }
      const names = pairs.map(([name]) => name.toLowerCase());
      const failed = (error: unknown) => {
        this.#parts.warn(`CONFIG SET changes nothing: ${(error as Error).message}`);
        done(failure(names, error));
      };
      try {
        const end = this.#change(config, names.some(isTls));
        if (end !== undefined) return end.then(() => done(), failed);
        done();
      } catch (error) {
        failed(error);
      }
      return undefined;
    });
  }

  /**
   * HUP: takes over what may change while running, and names what needs a new start. `prepareUsers` rejects when they can't be
   * had, and else answers what makes them known.
   */
  reload(read: () => Config, prepareUsers: () => Promise<() => Promise<void>>): void {
    const { note, warn } = this.#parts;
    this.#inTurn(async () => {
      try {
        const { config, ignored } = reloaded(this.#config, read());
        const changeUsers = await prepareUsers();
        await this.#change(config, true);
        await changeUsers();
        note('the configuration was read again');
        if (ignored.length > 0) warn(`only a new start changes ${ignored.join(', ')}`);
      } catch (error) {
        warn(`the configuration stays as it is: ${(error as Error).message}`);
      }
    });
  }

  #inTurn(change: () => Promise<void> | undefined): void {
    this.#waiting.push(change);
    if (!this.#isUnderWay) this.#next();
  }

  #next(): void {
    for (let change = this.#waiting.shift(); change !== undefined; change = this.#waiting.shift()) {
      const end = change();
      if (end === undefined) continue;
      this.#isUnderWay = true;
      void end.finally(() => {
        this.#isUnderWay = false;
        this.#next();
      });
      return;
    }
  }

  /** Throws or rejects when nothing was changed; undefined when everybody has the new configuration at once. */
  #change(config: Config, readsTls: boolean): Promise<void> | undefined {
    const before = { config: this.#config, tls: this.#tls };
    const tls = readsTls ? readTlsMaterial(config) : before.tls;
    const settings = listenerSettings(config);
    if (JSON.stringify(settings) === JSON.stringify(listenerSettings(before.config))) {
      return this.#take(config, tls);
    }
    return this.#listen(settings, tls ?? before.tls).then(() => this.#take(config, tls));
  }

  /** Workers know the certificates before a connection comes that needs them. */
  async #listen(settings: ListenerSettings, tls: TlsSettings | undefined): Promise<void> {
    const before = this.#tls;
    await this.#take(this.#config, tls);
    try {
      await this.#parts.listener.change(settings);
    } catch (error) {
      await this.#take(this.#config, before);
      throw error;
    }
  }

  #take(config: Config, tls: TlsSettings | undefined): Promise<void> | undefined {
    const before = this.#config;
    this.#config = config;
    this.#tls = tls;
    return this.#parts.take(before);
  }
}

export function listenerSettings(config: Config): ListenerSettings {
  const { bind, port, unixsocket, unixsocketperm } = config;
  return {
    bind,
    port,
    tlsPort: config['tls-port'],
    unixsocket,
    unixsocketperm,
    backlog: config['tcp-backlog'],
    keepAliveSeconds: config['tcp-keepalive'],
  };
}

/** Redis's texts; what it was exactly is in the log of messages, as they say. */
function failure(names: readonly string[], error: unknown): string {
  const isAboutTls = error instanceof TlsError;
  const involved = names.find((name) => (isAboutTls ? isTls(name) : LISTENING.includes(name)));
  let text = 'Unable to listen on this port. Check server logs.';
  if (isAboutTls) text = 'Unable to update TLS configuration. Check server logs.';
  else if (involved === 'bind') text = 'Failed to bind to specified addresses.';
  return `ERR CONFIG SET failed (possibly related to argument '${involved}') - ${text}`;
}

function isTls(name: string): boolean {
  return name.startsWith('tls-');
}
