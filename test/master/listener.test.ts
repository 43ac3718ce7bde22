import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Listener, type ListenerSettings } from '#dist/master/listener.js';

const dir = mkdtempSync(join(tmpdir(), 'listener-'));
test.after.always(() => rmSync(dir, { recursive: true }));

function onPath(name: string, unixsocketperm: number): ListenerSettings {
  const unixsocket = join(dir, name);
  const addresses = { bind: [], port: 0, tlsPort: 0 };
  return { ...addresses, unixsocket, unixsocketperm, backlog: 5, keepAliveSeconds: 0 };
}

function modeOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.mode & 0o777;
}

/** The mode of the socket whenever this process does something else while it is opened. */
async function modesOf(settings: ListenerSettings): Promise<Set<number>> {
  const modes = new Set<number>();
  let isOver = false;
  const look = () => {
    const mode = modeOf(settings.unixsocket);
    if (mode !== undefined) modes.add(mode);
    // In turn with the promises and ticks of the listener, none of which comes through without this.
    if (!isOver) queueMicrotask(() => process.nextTick(look));
  };
  process.nextTick(look);
  const listener = new Listener(() => {});
  try {
    await listener.open(settings);
    modes.add(modeOf(settings.unixsocket) ?? 0);
  } finally {
    isOver = true;
    listener.close();
  }
  return modes;
}

// One after the other: the mask of new files is the whole process's.
test.serial('the unix socket has its mode from its first moment on', async (t) => {
  const before = process.umask(0o022);
  try {
    t.deepEqual(await modesOf(onPath('strict', 0o600)), new Set([0o600]));
    // What the mask keeps out is let in when it is there.
    t.deepEqual(await modesOf(onPath('open', 0o777)), new Set([0o755, 0o777]));
    t.deepEqual(await modesOf(onPath('plain', 0)), new Set([0o755]));
    t.is(process.umask(0o022), 0o022);
  } finally {
    process.umask(before);
  }
});

test.serial('a socket that another server left is taken over', async (t) => {
  const settings = onPath('left', 0o700);
  const left = new Listener(() => {});
  await left.open(settings);
  let onAccepted = () => {};
  const listener = new Listener((connection) => {
    connection.close();
    onAccepted();
  });
  await listener.open(settings);
  await new Promise<void>((resolve) => {
    onAccepted = resolve;
    connect(settings.unixsocket).on('error', () => {});
  });
  listener.close();
  left.close();
  t.is(modeOf(settings.unixsocket), undefined);
});
