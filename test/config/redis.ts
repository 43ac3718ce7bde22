import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { writeFiles } from './files.js';

/**
 * A real redis-server on a unix socket, which ends with the test; undefined when none is installed, which is a failure
 * on the machines of CI.
 */
export async function startRedis(t: ExecutionContext): Promise<{ socket: string } | undefined> {
  const dir = writeFiles(t, {});
  const socket = `${dir}redis.sock`;
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', dir],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    await once(server, 'spawn');
  } catch (error) {
    if (process.env.CI) throw error;
    return undefined;
  }
  const exited = once(server, 'exit');
  t.teardown(async () => {
    server.kill('SIGKILL');
    await exited;
  });
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.includes('ready to accept connections at')) break;
  }
  server.stdout.resume();
  return { socket };
}
