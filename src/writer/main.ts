import { randomBytes } from 'node:crypto';
import { FrameReader } from '../protocol/frame.js';
import { LocalLog } from '../store/log/local-log.js';
import { NodeDisk } from '../store/node-disk.js';
import { collectWhenIdle } from '../transport/idle-collector.js';
import { openPipe } from '../transport/shared-read.js';
import { Outbox } from './outbox.js';
import { WriterSession } from './session.js';

/** The pipe to the master; 0 to 2 are the standard ones, 3 is cluster's IPC channel, 5 the lock's descriptor, which only has to stay open. */
const PIPE = 4;

/** A terminal's Ctrl-C reaches the whole group of processes; only the master acts on it. */
const IGNORED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGUSR1',
  'SIGTTIN',
  'SIGTTOU',
];

/** The root of the writer process. */
export function runWriter(): void {
  process.title = 'sequement-writer';
  collectWhenIdle();
  for (const signal of IGNORED) process.on(signal, () => {});

  const pipe = openPipe(PIPE, (chunk) => reader.push(chunk));
  const outbox = new Outbox(pipe);
  const log = new LocalLog(new NodeDisk(), { random: randomBytes, nowMs: Date.now });
  const session = new WriterSession(
    log,
    outbox,
    () => performance.now(),
    (status) => {
      void outbox.close().then(() => process.exit(status));
    },
  );
  setInterval(() => session.tick(), 1000);

  const reader = new FrameReader((type, bytes, start, end) => {
    session.receive(type, bytes, start, end);
  });
  pipe.resume();
  // Without a master nothing is to be done, and nothing that is under way would be acknowledged.
  const orphaned = () => process.exit(1);
  pipe.on('end', orphaned);
  pipe.on('error', orphaned);
  process.on('disconnect', orphaned);
}
