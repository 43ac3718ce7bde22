import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerSpec } from './server-spec.js';

const PROBE = fileURLToPath(new URL('./turn-probe.js', import.meta.url));

/** Milliseconds of CPU of the longest turn of a process's event loop, by its role; 0 stands for less than one. */
export interface LongestTurns {
  readonly master: number;
  readonly worker: number;
  readonly writer: number;
}

/** What each process of a server was at, at the longest, before it turned to everybody else again. */
export class Turns {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  /** The same server, whose processes tell of their turns. */
  watched(spec: ServerSpec): ServerSpec {
    const NODE_OPTIONS = `--import ${PROBE}`;
    return {
      ...spec,
      environment: { ...spec.environment, NODE_OPTIONS, BENCH_TURNS: this.#directory },
    };
  }

  /** Of those that have ended since this moment, in milliseconds since 1970. */
  longestSince(sinceMs: number): LongestTurns {
    const of = (role: string) =>
      Math.max(
        0,
        ...this.#lines(role)
          .filter(([atMs]) => (atMs as number) >= sinceMs)
          .map(([, turnMs]) => turnMs as number),
      );
    return { master: of('master'), worker: of('worker'), writer: of('writer') };
  }

  #lines(role: string): number[][] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory)
      .filter((name) => name.startsWith(`${role}.`))
      .flatMap((name) => readFileSync(join(this.#directory, name), 'latin1').trim().split('\n'))
      .map((line) => line.split(' ').map(Number));
  }
}
