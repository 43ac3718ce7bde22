import type { Config } from '../config/directives.js';
import { type Slowness, slowness } from '../config/slowness.js';
import type { SlowPart, SlowReport } from '../protocol/slow-message.js';
import { Latency } from './latency.js';
import { SlowLog } from './slow-log.js';

/** Keeps what the workers tell of commands that took long, there or here. */
export class SlowCommands {
  readonly log = new SlowLog();
  readonly latency = new Latency();
  #config: Config;

  constructor(config: Config) {
    this.#config = config;
    this.configure(config);
  }

  configure(config: Config): void {
    this.#config = config;
    this.log.limit = config['slowlog-max-len'];
  }

  /** Which commands' times somebody wants to know. */
  get wanted(): Slowness {
    return slowness(this.#config);
  }

  add({ event, command }: SlowReport): void {
    const { microseconds, seconds } = command;
    const slowerThan = this.#config['slowlog-log-slower-than'];
    if (slowerThan >= 0 && microseconds >= slowerThan) this.log.add(command);
    const threshold = this.#config['latency-monitor-threshold'];
    const ms = Math.floor(microseconds / 1000);
    if (threshold > 0 && ms >= threshold) this.latency.add(event, seconds, ms);
  }

  /** A script has no address; Redis writes it like this. */
  addOfScript({ event, microseconds, words }: SlowPart): void {
    const seconds = Math.floor(Date.now() / 1000);
    this.add({ event, command: { seconds, microseconds, words, address: '?:0', name: '' } });
  }
}
