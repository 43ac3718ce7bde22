import { Denials } from '../acl/denials.js';
import { nowInMicroseconds } from '../commands/clock.js';
import type { Arguments, Command } from '../commands/command.js';
import { isShown, monitorLine, shownWords } from '../commands/monitor.js';
import { trimmedWords } from '../commands/slow-log.js';
import type { Config } from '../config/directives.js';
import { slowness } from '../config/slowness.js';
import { DENIED_ID } from '../protocol/control-message.js';
import type { SlowPart } from '../protocol/slow-message.js';
import type { Connection } from './connection.js';
import type { Dispatcher } from './dispatcher.js';
import type { MasterLink } from './master-link.js';
import type { Denying } from './worker-state.js';

/** The master tells of these when they take long. */
const RUN_BY_MASTER = new Set<string>(['master', 'server', 'script']);

/** Tells the master what it shows of this worker's commands: MONITOR, SLOWLOG, LATENCY and ACL LOG. */
export class Witness {
  readonly #link: MasterLink;
  readonly #dispatcher: Dispatcher;
  readonly #denials = new Denials();
  #isWatched = false;
  #config: Config | undefined;

  constructor(link: MasterLink, dispatcher: Dispatcher) {
    this.#link = link;
    this.#dispatcher = dispatcher;
  }

  configure(config: Config): void {
    this.#config = config;
    this.#attend();
  }

  /** Whether somebody sees the commands of all workers. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.#attend();
  }

  /** Looks at every request while somebody watches, or wants to know of short times. */
  #attend(): void {
    if (this.#config === undefined) return;
    const { unixsocket } = this.#config;
    const slow = slowness(this.#config);
    const isAttended = this.#isWatched || slow.isPrecise;
    this.#dispatcher.onExecuted = !isAttended
      ? undefined
      : (connection, request, command, microseconds, database) => {
          if (this.#isWatched) this.#show(connection, request, command, database, unixsocket);
          const isHere = !RUN_BY_MASTER.has(command.runs);
          if (!isHere || microseconds < slow.from || command.flags.includes('skip_slowlog')) return;
          const event = command.flags.includes('fast') ? 'fast-command' : 'command';
          const words = trimmedWords(shownWords(command, request));
          this.slow(connection, { event, microseconds, words });
        };
  }

  #show(
    connection: Connection,
    request: Arguments,
    command: Command,
    database: number,
    path: string,
  ): void {
    if (!isShown(command)) return;
    const address = connection.isUnixSocket ? `unix:${path}` : connection.address;
    const words = shownWords(command, request);
    this.#link.line(monitorLine(nowInMicroseconds(), database, address, words));
  }

  /** A command of this connection took long. */
  slow({ address, name }: Connection, { event, microseconds, words }: SlowPart): void {
    const seconds = Math.floor(Date.now() / 1000);
    this.#link.slow({ event, command: { seconds, microseconds, words, address, name } });
  }

  /** Something was denied to this connection. */
  denied(connection: Connection, { reason, object, username }: Denying): void {
    if (this.#denials.isEmpty) setImmediate(() => this.tellDenials());
    this.#denials.add({
      reason,
      context: connection.transaction?.isOpen === true ? 'multi' : 'toplevel',
      object,
      username: username ?? connection.user.name,
      atMs: Date.now(),
      clientInfo: connection.describe(),
      count: 1,
    });
  }

  /** Before the replies that show what was denied. */
  tellDenials(): void {
    if (!this.#denials.isEmpty) this.#link.report({ id: DENIED_ID, value: this.#denials.take() });
  }
}
