/** A process of the simulated machine. What is to happen to it while it is frozen waits; when it is dead, nothing does. */
export class Host {
  readonly name: string;
  state: 'running' | 'frozen' | 'dead' = 'running';
  readonly parked: Happening[] = [];
  /** When its last immediate is due: they keep their order. */
  lastImmediate = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** Something that is to happen at its time. */
export interface Happening {
  readonly at: number;
  readonly order: number;
  readonly host: Host;
  readonly run: () => void;
  isCancelled: boolean;
}

const turn = setImmediate;

/**
 * The clock of a simulated machine, and everything that is to happen on it. One thing happens at a time, in the name of one host,
 * followed by all promises that it settles; so a run depends on nothing but its seed.
 */
export class World {
  readonly random: () => number;
  /** Virtual milliseconds since the start of the machine. */
  nowMs = 0;
  /** What the wall clock is wrong by. */
  wallOffsetMs = 0;
  /** Called when it has been set. */
  onClockSet: () => void = () => {};
  /** Clients, faults and the kernel, which are never frozen or dead. */
  readonly outside = new Host('outside');
  current = this.outside;
  happenings = 0;
  /** Folded over everything that happened: two runs with the same one did the same. */
  hash = 0x811c9dc5;
  /** What broke a process; a bug, whatever the checker says. */
  readonly failures: string[] = [];
  /** Called with each line of the trace, when somebody wants to read it. */
  onTrace: ((line: string) => void) | undefined;
  readonly #heap: Happening[] = [];
  #orders = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  /** A whole number from 0 up to below `count`. */
  pick(count: number): number {
    return Math.floor(this.random() * count);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.pick(list.length)] as T;
  }

  /** Mostly short, now and then a hundred times as long. */
  delay(typicalMs: number): number {
    const factor = this.chance(0.02) ? 100 : this.chance(0.1) ? 10 : 1;
    return this.random() * typicalMs * factor;
  }

  schedule(host: Host, delayMs: number, run: () => void): Happening {
    const at = this.nowMs + Math.max(0, delayMs);
    const happening = { at, order: this.#orders++, host, run, isCancelled: false };
    this.#push(happening);
    return happening;
  }

  /** A moment passes, mostly a very short one, while something runs. */
  pass(): void {
    if (this.chance(0.2)) this.nowMs += this.random() * (this.chance(0.05) ? 2 : 0.02);
  }

  setClock(offsetMs: number): void {
    this.wallOffsetMs = offsetMs;
    this.note(`the clock is wrong by ${offsetMs} ms`);
    this.onClockSet();
  }

  note(line: string): void {
    for (let i = 0; i < line.length; i++) {
      this.hash = Math.imul(this.hash ^ line.charCodeAt(i), 0x01000193);
    }
    this.onTrace?.(`${this.nowMs.toFixed(3)} ${line}`);
  }

  /** Makes the next thing happen, with all that follows from it at once; false when nothing is to happen any more. */
  async step(): Promise<boolean> {
    const next = this.#pop();
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next.at);
    if (next.isCancelled || next.host.state === 'dead') return true;
    if (next.host.state === 'frozen') {
      next.host.parked.push(next);
      return true;
    }
    this.happenings++;
    this.current = next.host;
    try {
      next.run();
    } catch (error) {
      this.fail(error);
    }
    // A turn of the real event loop: every promise that could be settled has been when it is over.
    await new Promise<void>((resolve) => {
      turn(resolve);
    });
    this.current = this.outside;
    return true;
  }

  fail(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.note(`${this.current.name} broke: ${text.split('\n')[0]}`);
    this.failures.push(`${this.current.name} broke: ${text}`);
  }

  freeze(host: Host): void {
    if (host.state !== 'running') return;
    host.state = 'frozen';
    this.note(`freeze ${host.name}`);
  }

  thaw(host: Host): void {
    if (host.state !== 'frozen') return;
    host.state = 'running';
    this.note(`thaw ${host.name}`);
    for (const { run, isCancelled } of host.parked.splice(0)) {
      if (!isCancelled) this.schedule(host, 0, run);
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(happening);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Happening;
      if (isSooner(above, happening)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = happening;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isSooner(heap[child + 1], heap[child])) child++;
      const below = heap[child] as Happening;
      if (isSooner(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isSooner(a: Happening | undefined, b: Happening | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
