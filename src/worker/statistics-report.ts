import type { WorkerFacts } from '../commands/server-control.js';
import { residentBytes } from '../transport/memory.js';
import type { Connection } from './connection.js';
import type { Statistics } from './statistics.js';

/** What this worker tells INFO; the master adds how often it was started. */
export function statisticsReport(
  statistics: Statistics,
  connections: ReadonlySet<Connection>,
  blockedClients: number,
): Omit<WorkerFacts, 'restarts'> {
  let maxInputBuffer = 0;
  let maxOutputBuffer = 0;
  let clientBytes = 0;
  for (const connection of connections) {
    clientBytes += connection.keptBytes + connection.unsentBytes;
    maxInputBuffer = Math.max(maxInputBuffer, connection.keptBytes);
    maxOutputBuffer = Math.max(maxOutputBuffer, connection.unsentBytes);
  }
  const { user, system } = process.cpuUsage();
  return {
    processId: process.pid,
    rssBytes: residentBytes(),
    cpuUserSeconds: user / 1e6,
    cpuSystemSeconds: system / 1e6,
    connectedClients: connections.size,
    blockedClients,
    totalConnections: statistics.totalConnections,
    rejectedConnections: statistics.rejectedConnections,
    failedHandshakes: statistics.failedHandshakes,
    totalCommands: statistics.totalCommands,
    takesFromHolds: statistics.takesFromHolds,
    allTakesFromHolds: statistics.allTakesFromHolds,
    bytesIn: statistics.bytesIn,
    bytesOut: statistics.bytesOut,
    reads: statistics.reads,
    writes: statistics.writes,
    rates: statistics.rates,
    maxInputBuffer,
    maxOutputBuffer,
    clientBytes,
    errors: statistics.errors(),
    commands: statistics.commands(),
  };
}
