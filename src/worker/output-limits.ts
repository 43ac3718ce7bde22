import type { Config } from '../config/directives.js';
import type { OutputBufferLimit } from '../config/output-buffer-limits.js';
import type { Connection } from './connection.js';

/** Drops clients that do not take their replies: at the hard limit at once, over the soft limit after its time. */
export class OutputLimits {
  readonly #overSoft = new Set<Connection>();

  check(connection: Connection, config: Config, nowMs: number): void {
    const unsent = connection.unsentBytes;
    if (unsent === 0) return;
    const { hardBytes: hard, softBytes: soft } = limitOf(connection, config);
    if (hard > 0 && unsent > hard) connection.destroy();
    else if (soft > 0 && unsent > soft && !this.#overSoft.has(connection)) {
      connection.overSoftLimitSinceMs = nowMs;
      this.#overSoft.add(connection);
    }
  }

  tick(config: Config, nowMs: number): void {
    for (const connection of this.#overSoft) {
      const { softBytes: soft, softSeconds: seconds } = limitOf(connection, config);
      if (connection.unsentBytes <= soft) this.#overSoft.delete(connection);
      else if (nowMs - connection.overSoftLimitSinceMs > seconds * 1000) connection.destroy();
    }
  }

  forget(connection: Connection): void {
    this.#overSoft.delete(connection);
  }
}

function limitOf(connection: Connection, config: Config): OutputBufferLimit {
  const { normal, pubsub } = config['client-output-buffer-limit'];
  return connection.isSubscriber ? pubsub : normal;
}
