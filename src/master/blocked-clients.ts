import { CommandError } from '../commands/command.js';

/** Node's timers take no more; a client that waits for longer waits until it is unblocked. */
const LONGEST_TIMER_MS = 0x7fffffff;

interface Blocked {
  end(error?: Error): void;
}

/** The clients that wait for what never comes (WAIT for replicas), until their time is over. */
export class BlockedClients {
  readonly #blocked = new Map<string, Blocked>();
  #isClosed = false;

  /** As in ServerControl. */
  block(id: string, forMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const blocked = {
        end: (error?: Error) => {
          clearTimeout(timer);
          if (this.#blocked.get(id) === blocked) this.#blocked.delete(id);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const hasEnd = forMs > 0 && forMs <= LONGEST_TIMER_MS;
      const timer = hasEnd ? setTimeout(() => blocked.end(), forMs) : undefined;
      timer?.unref();
      this.#blocked.set(id, blocked);
    });
  }

  /** As in ServerControl. */
  unblock(id: string, withError: boolean): boolean {
    const blocked = this.#blocked.get(id);
    blocked?.end(
      withError ? new CommandError('UNBLOCKED client unblocked via CLIENT UNBLOCK') : undefined,
    );
    return blocked !== undefined;
  }

  /** The server stops: nobody waits any longer. */
  close(): void {
    this.#isClosed = true;
    for (const blocked of [...this.#blocked.values()]) blocked.end();
  }
}
