import { DIR, LOG } from '../store/log-tools.js';
import { diskError, MemoryDisk, type Operation } from '../store/memory-disk.js';
import type { Host, World } from './world.js';

export { DIR };

/** What is wrong with the disk for a while. */
export type Ailment = 'none' | 'full' | 'failing' | 'slow';

interface Waiting {
  readonly host: Host;
  readonly complete: () => void;
}

/**
 * The disk of a simulated machine. It outlives the processes: each operation takes its time and may fail; when the process dies, what it
 * had asked for is done or not; when the power fails, what was synced stays, and of the rest anything.
 */
export class SimulatedDisk {
  readonly #world: World;
  readonly #waiting = new Set<Waiting>();
  memory = new MemoryDisk();
  ailment: Ailment = 'none';
  /** Some operation has met an error. */
  hasFailed = false;
  /** What is to happen right after the next operation of a kind, before its process learns of it. */
  #trap: { readonly kind: Operation['kind']; readonly run: () => void } | undefined;
  /** Counts the operations that may have changed what is on stable storage. */
  version = 0;

  constructor(world: World) {
    this.#world = world;
    this.#attach();
  }

  #attach(): void {
    this.memory.hook = (operation) => this.#before(operation);
  }

  /** Resolves when the operation is to be carried out; rejects when it fails. */
  #before(operation: Operation): Promise<void> {
    const world = this.#world;
    const host = world.current;
    return new Promise((resolve, reject) => {
      // The process is gone, and nothing of it goes on.
      if (host.state === 'dead') return;
      const complete = () => {
        this.#waiting.delete(waiting);
        const code = this.#failure(operation);
        world.note(`${host.name} ${operation.kind} ${operation.path} ${code}`);
        this.version++;
        if (code === '') resolve();
        else {
          this.hasFailed = true;
          reject(diskError(code));
        }
        if (this.#trap?.kind === operation.kind) {
          world.schedule(world.outside, 0, this.#trap.run);
          this.#trap = undefined;
        }
      };
      const waiting: Waiting = { host, complete };
      this.#waiting.add(waiting);
      world.schedule(host, this.#durationMs(operation), complete);
    });
  }

  /** Something that is to happen right behind the next operation of this kind. */
  trap(kind: Operation['kind'], run: () => void): void {
    this.#trap = { kind, run };
  }

  #durationMs(operation: Operation): number {
    const isSync = operation.kind === 'datasync' || operation.kind === 'syncDirectory';
    const typicalMs = isSync ? 0.5 : 0.05;
    return this.#world.delay(this.ailment === 'slow' ? typicalMs * 100 : typicalMs);
  }

  /** The error that an operation meets, or ''. A write may be short besides. */
  #failure(operation: Operation): string {
    const world = this.#world;
    const { kind, bytes } = operation;
    if (kind === 'write' && bytes !== undefined && bytes.length > 1 && world.chance(0.05)) {
      operation.limit = 1 + world.pick(bytes.length - 1);
    }
    if (this.ailment === 'full' && (kind === 'write' || kind === 'create')) {
      // What still fits is taken before the rest is refused.
      if (operation.limit !== undefined) return '';
      return 'ENOSPC';
    }
    const isRead = kind === 'open' || kind === 'read';
    if (this.ailment === 'failing' && !isRead && world.chance(0.3)) {
      if (kind === 'datasync') operation.isForgotten = world.chance(0.7);
      return 'EIO';
    }
    return '';
  }

  /** Of what a process that has just died was waiting for, some has been done. */
  settle(host: Host): void {
    for (const waiting of [...this.#waiting]) {
      if (waiting.host !== host) continue;
      this.#waiting.delete(waiting);
      if (this.#world.chance(0.5)) waiting.complete();
    }
  }

  /** The power failed: all processes must be dead. */
  crash(): void {
    this.memory = this.memory.crash(this.#world.random);
    this.ailment = 'none';
    this.version++;
    this.#attach();
  }

  /** What certainly survives a power failure now. */
  stableLog(): Buffer | undefined {
    return this.memory.stable(LOG);
  }
}
