import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { cpuTicksOfTree, memoryOfTree } from '../../bench/process-tree.js';
import { until } from './processes.js';

/** Descriptors of this process that are no connections of a crowd. */
const OTHER_DESCRIPTORS = 200;
/** Connections that are opened at a time, below every usual backlog. */
const AT_ONCE = 200;
/** Clock ticks in a second that an idle process stays below, and one that spins does not. */
const IDLE_TICKS = 15;

export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/**
 * How many connections of `wanted` this process, and with it a server that it starts later, may have open. Raises its limit
 * of descriptors when it is privileged to; when it can't, a line of the test's log tells that the test is a smaller one.
 */
export function roomFor(t: ExecutionContext, wanted: number): number {
  const needed = wanted + OTHER_DESCRIPTORS;
  if (descriptorLimit() < needed) {
    spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${needed}:${needed}`]);
  }
  const limit = descriptorLimit();
  if (limit >= needed) return wanted;
  const room = Math.max(AT_ONCE, limit - OTHER_DESCRIPTORS);
  t.log(`${room} connections in place of ${wanted}: ulimit -n is ${limit}, it takes ${needed}`);
  return room;
}

export async function openCrowd(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const group = Math.min(AT_ONCE, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: group }, () => open(port)))));
  }
  return sockets;
}

export async function closeCrowd(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(
    sockets.map(async (socket) => {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, 'close');
    }),
  );
}

/** Resident bytes of a server's processes together. */
export function residentBytes(pid: number): number {
  return memoryOfTree(pid).rss;
}

/** Waits until a server takes no more than that; what is free is given back once it is idle for a second or two. */
export async function untilMemoryIsBack(pid: number, bytes: number): Promise<void> {
  let now = 0;
  try {
    const isBack = () => {
      now = residentBytes(pid);
      return now <= bytes;
    };
    await until('memory is back', isBack, 20_000);
  } catch {
    throw new Error(`${megabytes(now)} are in use, where ${megabytes(bytes)} would do`);
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** Waits until a process, and those below it, have done next to nothing for a second. */
export async function untilIdle(pid: number): Promise<void> {
  for (let deadline = Date.now() + 20_000; ; ) {
    const before = cpuTicksOfTree(pid);
    const from = performance.now();
    await until('a second', () => performance.now() - from > 1000);
    if (cpuTicksOfTree(pid) - before < IDLE_TICKS) return;
    if (Date.now() > deadline) throw new Error(`the processes of ${pid} spin`);
  }
}

/** Takes a process the room for `count` more descriptors, or gives it all it had: the soft limit, which needs no privilege. */
export function limitDescriptors(pid: number, count: number | undefined): void {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  // The limit is one above the highest number allowed: below it, `count` numbers are to be free.
  for (let free = 0; count !== undefined; limit++) {
    if (!used.has(limit) && ++free > count) break;
  }
  const soft = count === undefined ? descriptorLimit() : limit;
  const done = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
  if (done.status !== 0) throw new Error(`prlimit: ${done.stderr}`);
}

export function isPrlimitInstalled(): boolean {
  return spawnSync('prlimit', ['--version']).status === 0;
}

function descriptorLimit(): number {
  const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(soft);
}
