import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type MessageLevel = 'debug' | 'verbose' | 'notice' | 'warning';

const LEVELS: Record<MessageLevel, number> = { debug: 10, verbose: 20, notice: 30, warning: 40 };

/** What the operator is told, on standard output or in the log file of messages; lines for people, not for machines. */
export class Messages {
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #logger: Logger<MessageLevel>;
  readonly #file: string;

  /** `file` '' is standard output. Throws when the file can't be opened. */
  constructor(file: string, level: MessageLevel) {
    this.#file = file;
    this.#destination = pino.destination(
      file === ''
        ? { dest: 1, sync: true }
        : { dest: file, sync: true, append: true, mkdir: false },
    );
    const lines = pretty({
      colorize: false,
      translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
      ignore: 'hostname,level',
      customLevels: LEVELS,
      useOnlyCustomProps: true,
      singleLine: true,
      sync: true,
      destination: this.#destination,
    });
    this.#logger = pino(
      { level, customLevels: LEVELS, useOnlyCustomLevels: true, base: { pid: process.pid } },
      lines as DestinationStream,
    ) as unknown as Logger<MessageLevel>;
  }

  set level(level: MessageLevel) {
    this.#logger.level = level;
  }

  debug(text: string): void {
    this.#logger.debug(text);
  }

  verbose(text: string): void {
    this.#logger.verbose(text);
  }

  notice(text: string): void {
    this.#logger.notice(text);
  }

  warning(text: string): void {
    this.#logger.warning(text);
  }

  /** Opens the file anew, after it was moved away. */
  reopen(): void {
    if (this.#file !== '') this.#destination.reopen();
  }
}
