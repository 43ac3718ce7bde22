import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Host, World } from './world.js';

/** What every process reads into: whoever keeps a chunk finds garbage in it. */
const shared = Buffer.alloc(65536);
const GARBAGE = 0xee;

interface Unsent {
  readonly bytes: Buffer;
  readonly done: (() => void) | undefined;
}

/**
 * One end of a pipe or connection: as much of a net.Socket as the product uses. Bytes arrive in order, in chunks of any size, after any
 * delay; a write that the kernel does not take at once keeps its bytes where they are, as Node does.
 */
export class SimulatedSocket extends EventEmitter {
  readonly #world: World;
  host: Host;
  peer: SimulatedSocket | undefined;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 2;
  /** Whether the end of the other side leaves this one open. */
  readonly allowHalfOpen: boolean;
  destroyed = false;
  writableLength = 0;
  /** Sees what the kernel takes of this end's writes, when it takes it. */
  onSent: ((bytes: Buffer) => void) | undefined;
  readonly #typicalMs: number;
  #unsent: Unsent[] = [];
  #arrived: Buffer[] = [];
  #isEnding = false;
  #isPeerEnded = false;
  #isEndTold = false;
  #isFlowing = false;
  #isScheduled = false;

  constructor(world: World, host: Host, allowHalfOpen: boolean, typicalMs: number) {
    super();
    this.#world = world;
    this.host = host;
    this.allowHalfOpen = allowHalfOpen;
    this.#typicalMs = typicalMs;
  }

  /** Two ends of a new pipe. */
  static pair(
    world: World,
    first: Host,
    second: Host,
    allowHalfOpen: boolean,
    typicalMs: number,
  ): [SimulatedSocket, SimulatedSocket] {
    const one = new SimulatedSocket(world, first, allowHalfOpen, typicalMs);
    const other = new SimulatedSocket(world, second, allowHalfOpen, typicalMs);
    one.peer = other;
    other.peer = one;
    return [one, other];
  }

  /** The product's type for it. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  get writable(): boolean {
    return !this.destroyed && !this.#isEnding;
  }

  write(bytes: Buffer, done?: () => void): boolean {
    if (!this.writable || this.host.state === 'dead') return false;
    if (this.peer === undefined) {
      // The other side is gone.
      this.#world.schedule(this.host, this.#delay(), () => {
        if (!this.destroyed) this.emit('error', new Error('write EPIPE'));
      });
      return false;
    }
    if (this.#unsent.length === 0 && !this.#world.chance(0.05)) {
      this.#send(bytes);
      if (done !== undefined) this.#world.schedule(this.host, 0, done);
      return true;
    }
    if (this.#unsent.length === 0) this.#scheduleDrain();
    this.#unsent.push({ bytes, done });
    this.writableLength += bytes.length;
    return false;
  }

  #scheduleDrain(): void {
    this.#world.schedule(this.host, this.#delay(), () => {
      if (this.destroyed) return;
      const unsent = this.#unsent;
      this.#unsent = [];
      this.writableLength = 0;
      for (const { bytes, done } of unsent) {
        this.#send(bytes);
        done?.();
      }
      this.emit('drain');
      if (this.#isEnding) this.#finish();
    });
  }

  #send(bytes: Buffer): void {
    if (bytes.length === 0 || this.peer === undefined) return;
    const copy = Buffer.from(bytes);
    this.onSent?.(copy);
    this.peer.#arrived.push(copy);
    this.peer.#scheduleDelivery();
  }

  end(done?: () => void): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (done !== undefined) this.once('finish', done);
    if (this.#unsent.length === 0) this.#finish();
  }

  #finish(): void {
    this.peer?.peerEnded();
    this.#world.schedule(this.host, 0, () => {
      this.emit('finish');
      if (this.#isEndTold) this.destroy();
    });
  }

  peerEnded(): void {
    this.#isPeerEnded = true;
    this.#scheduleDelivery();
  }

  pause(): void {
    this.#isFlowing = false;
  }

  resume(): void {
    this.#isFlowing = true;
    this.#scheduleDelivery();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#unsent = [];
    this.#arrived = [];
    this.#hangUp();
    this.#world.schedule(this.host, 0, () => this.emit('close'));
  }

  /** The process at this end is gone: the kernel closes it, and what was not handed over is lost. */
  abandon(): void {
    this.destroyed = true;
    this.#unsent = [];
    this.#arrived = [];
    this.#hangUp();
  }

  /** Drops what is on its way to this end, as a reset does. */
  reset(): void {
    this.#arrived = [];
  }

  #hangUp(): void {
    const { peer } = this;
    if (peer === undefined) return;
    this.peer = undefined;
    peer.peer = undefined;
    peer.peerEnded();
  }

  #delay(): number {
    return this.#world.delay(this.#typicalMs);
  }

  #scheduleDelivery(): void {
    if (this.#isScheduled || !this.#isFlowing || this.destroyed || this.#isEndTold) return;
    if (this.#arrived.length === 0 && !this.#isPeerEnded) return;
    this.#isScheduled = true;
    this.#world.schedule(this.host, this.#delay(), () => {
      this.#isScheduled = false;
      if (this.destroyed || !this.#isFlowing) return;
      if (this.#arrived.length > 0) this.#deliver();
      else if (this.#isPeerEnded) this.#tellEnd();
      this.#scheduleDelivery();
    });
  }

  /** Hands out all that has arrived, or the beginning of it. */
  #deliver(): void {
    const arrived = this.#arrived.length === 1 ? this.#arrived[0] : Buffer.concat(this.#arrived);
    const bytes = arrived as Buffer;
    const isCut = bytes.length > shared.length || this.#world.chance(0.1);
    const count = isCut
      ? 1 + this.#world.pick(Math.min(bytes.length, shared.length))
      : bytes.length;
    this.#arrived = count < bytes.length ? [bytes.subarray(count)] : [];
    bytes.copy(shared, 0, 0, count);
    const chunk = shared.subarray(0, count);
    this.#world.note(`${this.host.name} reads ${count}`);
    this.emit('data', chunk);
    chunk.fill(GARBAGE);
  }

  #tellEnd(): void {
    this.#isEndTold = true;
    this.emit('end');
    if (!this.allowHalfOpen || this.#isEnding) this.destroy();
  }
}
