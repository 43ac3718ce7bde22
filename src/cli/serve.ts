import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { renameCommand } from '../commands/table.js';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/directives.js';
import { readRenames } from '../config/renames.js';
import type { UserLine } from '../config/user-lines.js';
import { lockDirectory } from '../lock/directory-lock.js';
import { Master } from '../master/master.js';
import { Messages } from '../master/messages.js';
import { Processes } from '../master/processes.js';
import { RENAMES } from '../protocol/environment.js';
import { collectWhenIdle } from '../transport/idle-collector.js';
import { packageVersion } from './version.js';

/** The executable, which children run again. */
const PROGRAM = fileURLToPath(new URL('../bin.js', import.meta.url));

export interface ServeOptions {
  readonly config: Config;
  /** The configuration's file, or ''. */
  readonly configFile: string;
  /** Reads file and flags again. */
  readonly reload: () => Config;
  /** Reads the users of the file. */
  readonly users: () => readonly UserLine[];
}

/**
 * Runs the server in the foreground until it is stopped; the process ends by itself. Rejects with one readable sentence when it
 * can't start, before anything was touched but its own directory.
 */
export async function serve({ config, configFile, reload, users }: ServeOptions): Promise<void> {
  // The table lies outside V8's heap; what is in it is garbage of reservations, which need not pile up to twice the rest.
  setFlagsFromString('--heap-growing-percent=20');
  collectWhenIdle();
  takeRenames(configFile);
  prepareDirectory(config.dir);
  const messages = openMessages(config);
  const lock = await lockOf(config.dir);
  const processes = new Processes(PROGRAM, lock);
  const master = new Master({
    config,
    configFile,
    version: packageVersion(),
    messages,
    processes,
    reload,
    users,
    exit: (status) => {
      if (config.pidfile !== '') rmSync(config.pidfile, { force: true });
      process.exit(status);
    },
  });
  process.title = 'sequement-master';
  obeySignals(master, messages);
  if (config.pidfile !== '') writePidFile(config.pidfile);
  try {
    await master.start();
  } catch (error) {
    if (config.pidfile !== '') rmSync(config.pidfile, { force: true });
    throw error;
  }
}

/**
 * A signal to a whole group of processes comes twice, once more through the program that started us (npm): that is one signal. A
 * person's second Ctrl-C takes longer than a supervisor's second TERM.
 */
const SAME_SIGNAL_MS = { SIGINT: 500, SIGTERM: 100 } as const;

/** Signals are few and their meaning is Unicorn's; a second TERM or INT does not wait. */
function obeySignals(master: Master, messages: Messages): void {
  let stoppingSinceMs = 0;
  const stop = (signal: 'SIGINT' | 'SIGTERM') => {
    if (stoppingSinceMs > 0) {
      const isSame = performance.now() - stoppingSinceMs < SAME_SIGNAL_MS[signal];
      if (!isSame) master.stopNow();
      return;
    }
    stoppingSinceMs = performance.now();
    master.stop().catch((error: unknown) => {
      messages.warning(`stopping failed: ${(error as Error).message}`);
      process.exit(1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => master.reload());
  process.on('SIGUSR1', () => messages.reopen());
  process.on('SIGTTIN', () => master.changeWorkers(1));
  process.on('SIGTTOU', () => master.changeWorkers(-1));
}

/** Before anything is resolved; workers inherit them. */
function takeRenames(configFile: string): void {
  const renames = readRenames(configFile);
  for (const { from, to, place } of renames) {
    const problem = renameCommand(from, Buffer.from(to).toString('latin1'));
    if (problem !== undefined) throw new ConfigError(`${place}rename-command: ${problem}`);
  }
  process.env[RENAMES] = JSON.stringify(renames.map(({ from, to }) => [from, to]));
}

function prepareDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new Error(
        `the data directory ${dir} can't be written (it is not a directory): choose another with --dir`,
      );
    }
    throw new Error(
      `the data directory ${dir} can't be written (${code}): make it writable for this user, or choose another with --dir`,
    );
  }
}

function openMessages(config: Config): Messages {
  try {
    return new Messages(config.logfile, config.loglevel);
  } catch (error) {
    throw new Error(`the log file ${config.logfile} can't be opened: ${(error as Error).message}`);
  }
}

function writePidFile(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    throw new Error(`the pid file ${path} can't be written: ${(error as Error).message}`);
  }
}

async function lockOf(dir: string): Promise<number> {
  const lock = await lockDirectory(dir);
  if (lock.isLocked) return lock.descriptor;
  const by = lock.pid === undefined ? 'another process' : `process ${lock.pid} or a child it left`;
  throw new Error(
    `the data directory ${dir} is locked by ${by}: stop that server first, or choose another directory with --dir`,
  );
}
