import type { Child } from './child.js';

/** Another sign that a child is stuck, beside silence. */
export interface Duty {
  isOverdue(child: Child): boolean;
  /** The master itself was held up: whatever is overdue may be so because of that. */
  excuse(): void;
}

/** What a child may take to start, when that is more than the time-out: on a busy machine another one would not start faster. */
const START_MS = 60_000;

const NO_DUTY: Duty = { isOverdue: () => false, excuse() {} };

/**
 * Finds children that do not answer (stopped, stuck). Such a child is killed, and only its death, not its silence, has
 * consequences (rule 5). One that has not said anything yet has longer, since it is starting.
 */
export class Heartbeat {
  readonly #children: () => Iterable<Child>;
  readonly #onSilent: (child: Child) => void;
  readonly #duty: Duty;
  readonly #startMs: number;
  #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastBeatMs = performance.now();

  constructor(
    children: () => Iterable<Child>,
    timeoutMs: number,
    onSilent: (child: Child) => void,
    duty = NO_DUTY,
    startMs = START_MS,
  ) {
    this.#startMs = startMs;
    this.#duty = duty;
    this.#children = children;
    this.#timeoutMs = timeoutMs;
    this.#onSilent = onSilent;
  }

  start(): void {
    this.#lastBeatMs = performance.now();
    this.#schedule();
  }

  setTimeout(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get #intervalMs(): number {
    return Math.max(50, Math.min(1000, this.#timeoutMs / 5));
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#beat(), this.#intervalMs);
  }

  #beat(): void {
    const nowMs = performance.now();
    // When the master itself was late (stopped, or the machine was), the children have had no chance to answer.
    const wasLate = nowMs - this.#lastBeatMs > 2 * this.#intervalMs;
    this.#lastBeatMs = nowMs;
    const allowed = this.#beatsIn(this.#timeoutMs);
    const allowedAtStart = this.#beatsIn(Math.max(this.#timeoutMs, this.#startMs));
    if (wasLate) this.#duty.excuse();
    for (const child of this.#children()) {
      if (wasLate) child.excuse();
      const isSilent = child.ping() >= (child.hasStarted ? allowed : allowedAtStart);
      if (isSilent || this.#duty.isOverdue(child)) this.#onSilent(child);
    }
    this.#schedule();
  }

  #beatsIn(ms: number): number {
    return Math.ceil(ms / this.#intervalMs);
  }
}
