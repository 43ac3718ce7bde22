import { getHeapStatistics } from 'node:v8';

let lastResident = 0;

/**
 * Resident memory of this process. Node reads it from a file, which fails when the descriptors are used up: then it is
 * what it was the last time, 0 at first.
 */
export function residentBytes(): number {
  try {
    lastResident = process.memoryUsage.rss();
  } catch {
    // Whoever asks wants to watch the server, not to end it.
  }
  return lastResident;
}

/** What V8 manages: its heap, and the buffers outside it. Opens no file. */
export function managedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
