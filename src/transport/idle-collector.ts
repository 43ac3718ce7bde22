import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { managedBytes } from './memory.js';

const INTERVAL_MS = 1000;
/** A process that used less of one core than this share was idle. */
const IDLE_SHARE = 0.03;
/** Bytes that must have come since the last collection for another to be worth its time. */
const WORTH_BYTES = 4 << 20;
/** A process that has lost this share of its sockets since the last collection has let go of what they held. */
const WORTH_SHARE = 0.1;

/**
 * The first collection finds the garbage; what a buffer outside the heap held is given back behind it, by another thread, and the
 * pages that the heap keeps for the next burst are by the ones after it.
 */
const ROUNDS = 3;

let isLetGo = false;

/** Much was let go of that no figure of memory shows as garbage: it is collected when the process is idle. */
export function collectSoon(): void {
  isLetGo = true;
}

/**
 * Collects garbage when the process has become idle. V8 does so only when more is allocated, and lets buffers outside its heap
 * grow to 64 MB before: after 5 million new sequences the three processes kept 170 MB that nobody needed. The timer
 * does not keep the process alive.
 */
export function collectWhenIdle(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let before = process.cpuUsage();
  let kept = { bytes: 0, handles: 0 };
  let rounds = 0;
  setInterval(() => {
    const used = process.cpuUsage(before);
    before = process.cpuUsage();
    if ((used.user + used.system) / 1000 > INTERVAL_MS * IDLE_SHARE) return;
    const bytes = managedBytes();
    const handles = process.getActiveResourcesInfo().length;
    // The table, outside the heap, is in it too, but it only grows.
    const hasGrown = bytes - kept.bytes >= WORTH_BYTES;
    // What was held at the last collection and is garbage now shows in no figure of memory.
    const hasShrunk = handles < kept.handles * (1 - WORTH_SHARE);
    if (hasGrown || hasShrunk || isLetGo) rounds = ROUNDS;
    isLetGo = false;
    if (rounds > 0) {
      rounds--;
      collect();
      kept = { bytes: managedBytes(), handles };
    } else kept.bytes = Math.min(kept.bytes, bytes);
  }, INTERVAL_MS).unref();
}
