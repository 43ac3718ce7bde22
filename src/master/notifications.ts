import { type KeyEvent, keyEvents } from '../commands/key-events.js';
import { EventClass, tellsTakes } from '../config/event-classes.js';
import type { Subscribers } from './subscribers.js';

type Publisher = Pick<Subscribers, 'publish' | 'publishLater'>;

const NOBODY: Publisher = { publish: () => 0, publishLater: () => {} };

/**
 * Tells subscribers what happens to names (notify-keyspace-events), as messages.
 *
 *     change ── durable, and no event waits ──▶ told
 *        └──▶ waits ── durable, and all before it are told ──▶ told
 *                └── taken back ──▶ dropped
 *
 * Invariant (rule 1): an event is told when the change that it tells of is durable, and events are told in the order of the changes.
 */
export class Notifications {
  #bits = 0;
  readonly #settledLsn: () => number;
  /** What the last event waits for; no later one may go ahead of it. */
  #lastLsn = 0;
  publisher = NOBODY;

  constructor(settledLsn: () => number) {
    this.#settledLsn = settledLsn;
  }

  /** Takes over the value of notify-keyspace-events. */
  configure(bits: number): void {
    this.#bits = (bits & (EventClass.keyspace | EventClass.keyevent)) === 0 ? 0 : bits;
  }

  /** While it is off, nothing here is asked. */
  get isOn(): boolean {
    return this.#bits !== 0;
  }

  /** Whether takes are told, so that none may be served unseen. */
  get tellsTakes(): boolean {
    return tellsTakes(this.#bits);
  }

  /** Something has happened to the name `bytes[start, end)`, which is durable with `lsn`. */
  tell(
    event: KeyEvent,
    database: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    lsn: number,
  ): void {
    const bits = this.#bits;
    if ((bits & keyEvents[event]) === 0) return;
    const name = Buffer.from(bytes.subarray(start, end));
    if ((bits & EventClass.keyspace) !== 0) {
      const channel = `__keyspace@${database}__:${name.toString('latin1')}`;
      this.#publish(channel, Buffer.from(event, 'latin1'), lsn);
    }
    if ((bits & EventClass.keyevent) !== 0) {
      this.#publish(`__keyevent@${database}__:${event}`, name, lsn);
    }
  }

  #publish(channel: string, payload: Buffer, lsn: number): void {
    const settledLsn = this.#settledLsn();
    const isDurable = lsn <= settledLsn;
    this.#lastLsn = Math.max(this.#lastLsn, lsn);
    if (this.#lastLsn <= settledLsn) this.publisher.publish('channel', channel, payload);
    else
      this.publisher.publishLater(this.#lastLsn, { kind: 'channel', channel, payload, isDurable });
  }
}
