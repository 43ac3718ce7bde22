import type { Config } from '../config/directives.js';
import type { Connection } from './connection.js';

/** Drops clients that do not take their replies: at the hard limit at once, over the soft limit after its time. */
export class OutputLimits {
  readonly #overSoft = new Set<Connection>();

  check(connection: Connection, config: Config, nowMs: number): void {
    const unsent = connection.unsentBytes;
    if (unsent === 0) return;
    const { hardBytes: hard, softBytes: soft } = config['client-output-buffer-limit'].normal;
    if (hard > 0 && unsent > hard) connection.destroy();
    else if (soft > 0 && unsent > soft && !this.#overSoft.has(connection)) {
      connection.overSoftLimitSinceMs = nowMs;
      this.#overSoft.add(connection);
    }
  }

  tick(config: Config, nowMs: number): void {
    const { softBytes: soft, softSeconds: seconds } = config['client-output-buffer-limit'].normal;
    for (const connection of this.#overSoft) {
      if (connection.unsentBytes <= soft) this.#overSoft.delete(connection);
      else if (nowMs - connection.overSoftLimitSinceMs > seconds * 1000) connection.destroy();
    }
  }

  forget(connection: Connection): void {
    this.#overSoft.delete(connection);
  }
}
