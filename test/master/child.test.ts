import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Child } from '#dist/master/child.js';
import { FrameWriter } from '#dist/protocol/frame.js';

/** Ends at once and leaves its pipe, 4, to a process of its own, which writes there what comes in on 5. */
const LEAVES_PIPE = `
  const copy = 'const fs = require("node:fs");' +
    'fs.createReadStream("", { fd: 5 }).pipe(fs.createWriteStream("", { fd: 4 }));';
  const stdio = ['ignore', 'ignore', 'inherit', 'ignore', 4, 5];
  require('node:child_process').spawn(process.execPath, ['-e', copy], { stdio });
  process.exit(7);
`;

/** Closes its pipe, says so, and lives until 5 ends. */
const CLOSES_PIPE = `
  const fs = require('node:fs');
  fs.closeSync(4);
  fs.writeSync(1, 'closed');
  fs.createReadStream('', { fd: 5 }).resume().on('end', () => process.exit(7));
`;

function start(t: ExecutionContext, program: string) {
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const events: string[] = [];
  let ended = () => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  new Child('test', child, {
    onFrame: (type) => events.push(`frame ${type}`),
    onTurn: () => {},
    onExit: (how) => {
      events.push(how);
      ended();
    },
  });
  return { child, input: (child.stdio as readonly unknown[])[5] as Socket, events, end };
}

test('a child is gone when everything that it wrote was read', async (t) => {
  const { child, input, events, end } = start(t, LEAVES_PIPE);
  await once(child, 'exit');
  t.deepEqual(events, []);
  const frame = new FrameWriter();
  frame.begin(3);
  frame.end();
  input.end(frame.view());
  await end;
  t.deepEqual(events, ['frame 3', 'exit status 7']);
});

test('a child whose pipe has closed is gone when its process has ended', async (t) => {
  const { child, input, events, end } = start(t, CLOSES_PIPE);
  await once(child.stdout as Socket, 'data');
  // The pipe had closed before this came: the next turns of the loop tell of it.
  for (let turns = 0; turns < 3; turns++) await turn();
  t.deepEqual(events, []);
  input.end();
  await end;
  t.deepEqual(events, ['exit status 7']);
});
