import test from 'ava';
import type { Config } from '#dist/config/config.js';
import type { Connection } from '#dist/worker/connection.js';
import { OutputLimits } from '#dist/worker/output-limits.js';

const config = {
  'client-output-buffer-limit': {
    normal: { hardBytes: 1000, softBytes: 100, softSeconds: 10 },
    pubsub: { hardBytes: 50, softBytes: 0, softSeconds: 0 },
  },
} as Config;

class Client {
  unsentBytes = 0;
  isSubscriber = false;
  overSoftLimitSinceMs = 0;
  isDropped = false;
  readonly limits: OutputLimits;

  constructor(limits = new OutputLimits()) {
    this.limits = limits;
  }

  destroy(): void {
    this.isDropped = true;
  }

  /** So much is unsent at this time; whether it is dropped, now or at the next tick. */
  has(unsentBytes: number, atSeconds: number): boolean {
    this.unsentBytes = unsentBytes;
    this.limits.check(this as unknown as Connection, config, atSeconds * 1000);
    this.limits.tick(config, atSeconds * 1000);
    return this.isDropped;
  }
}

test('a client is dropped at once beyond the hard limit', (t) => {
  t.false(new Client().has(1000, 0));
  t.true(new Client().has(1001, 0));
});

test('a client is dropped when it was over the soft limit for its time', (t) => {
  const client = new Client();
  t.false(client.has(101, 5));
  t.false(client.has(900, 15));
  t.true(client.has(101, 15.1));
});

test('a client that has come down meanwhile has the whole time again', (t) => {
  const client = new Client();
  t.false(client.has(101, 5));
  t.false(client.has(100, 14));
  t.false(client.has(101, 16));
  t.false(client.has(101, 26));
  t.true(client.has(101, 26.1));
});

test('a subscriber has limits of its own', (t) => {
  const client = new Client();
  client.isSubscriber = true;
  t.false(client.has(50, 0));
  t.true(client.has(51, 0));
});
