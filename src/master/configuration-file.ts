import { readFile, realpath } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { CommandError } from '../commands/command.js';
import { createConfig } from '../config/config.js';
import type { Config } from '../config/directives.js';
import {
  type ConfChanges,
  changedDirectives,
  includedKeys,
  rewriteConf,
} from '../config/rewrite.js';
import { readUserLines, type UserLine } from '../config/user-lines.js';
import { replaceFile } from './replace-file.js';

const NEW_MODE = 0o644;

/** CONFIG REWRITE: the file of the configuration, which says after it what is in force now. Files that it includes stay as they are. */
export class ConfigurationFile {
  readonly #path: string;
  readonly #changedUsers: (lines: readonly UserLine[]) => ConfChanges;
  #last: Promise<unknown> = Promise.resolve();

  /** `path` may be ''. `changedUsers` has the users that are not as these lines say. */
  constructor(path: string, changedUsers: (lines: readonly UserLine[]) => ConfChanges) {
    this.#path = path;
    this.#changedUsers = changedUsers;
  }

  /** Rejects with a CommandError when the file is as it was. */
  rewrite(config: () => Config): Promise<void> {
    if (this.#path === '') {
      return Promise.reject(new CommandError('ERR The server is running without a config file'));
    }
    // One at a time, so that the last one has the last word.
    const rewritten = this.#last.then(() => this.#write(config()));
    this.#last = rewritten.catch(() => {});
    return rewritten;
  }

  async #write(config: Config): Promise<void> {
    try {
      // A link stays one.
      const path = await realpath(this.#path);
      const changes = new Map([
        ...changedDirectives(createConfig(this.#path), config),
        ...this.#changedUsers(readUserLines(this.#path)),
      ]);
      if (changes.size === 0) return;
      const included = includedKeys(this.#path);
      const text = rewriteConf(await readFile(path, 'latin1'), changes, included);
      await replaceFile(path, text, NEW_MODE);
    } catch (error) {
      throw new CommandError(`ERR Rewriting config file: ${reason(error)}`);
    }
  }
}

/** The system's errors in Redis's words. */
function reason(error: unknown): string {
  const { errno = 0, message } = error as NodeJS.ErrnoException;
  const [, text] = getSystemErrorMap().get(errno) ?? [];
  return text === undefined ? message : text.charAt(0).toUpperCase() + text.slice(1);
}
