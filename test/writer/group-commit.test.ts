import test from 'ava';
import { LOG, load } from '../store/log-tools.js';
import { diskError, type Operation } from '../store/memory-disk.js';
import { Gate, type Harness, openHarness, quiet } from './harness.js';

const isSync = ({ kind, path }: Operation) => kind === 'datasync' && path === LOG;
const isWrite = ({ kind, path }: Operation) => kind === 'write' && path === LOG;

/** Fails the first operation that is meant, and says how often it did. */
function failOnce(
  harness: Harness,
  isMeant: (operation: Operation) => boolean,
  code: string,
): void {
  let isDone = false;
  harness.disk.hook = (operation) => {
    if (isDone || !isMeant(operation)) return undefined;
    isDone = true;
    throw diskError(code);
  };
}

test('an append is acknowledged when its sync is over, not before', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, isSync);
  harness.append('a', 100);
  await gate.reached;
  await quiet();
  t.is(harness.count('durable'), 0);
  gate.open();
  await harness.untilDurable(1);
  const { state } = await load(harness.disk.crash(() => 0));
  t.is(state.get('a'), 100);
});

test('appends that arrive during a sync go out together with the next one', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, isSync);
  harness.append('a', 100);
  await gate.reached;
  const before = harness.disk.trace.length;
  for (let i = 0; i < 50; i++) harness.append(`b${i}`, i + 1);
  await quiet();
  gate.open();
  await harness.untilDurable(51);
  await quiet();
  // The sync that was held; one record, one sync; the mark.
  t.deepEqual(harness.disk.trace.slice(before), ['datasync', 'write', 'datasync', 'write']);
  // The first sync acknowledges nothing that arrived during it.
  const durable = harness.reports.filter((report) => report.type === 'durable');
  t.deepEqual(
    durable.map(({ lsn }) => lsn),
    [1, 51],
  );
});

test('appends of one chunk share the first sync', async (t) => {
  const harness = await openHarness();
  const before = harness.disk.trace.length;
  for (let i = 0; i < 10; i++) harness.append('a', 100 + i);
  await harness.untilDurable(10);
  t.deepEqual(harness.disk.trace.slice(before, before + 2), ['write', 'datasync']);
  t.is(harness.count('durable'), 1);
});

test('pings are answered during a sync', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, isSync);
  harness.append('a', 100);
  await gate.reached;
  harness.send({ type: 'ping' });
  t.is(harness.count('pong'), 1);
  gate.open();
  await harness.untilDurable(1);
});

test('the proof of the last batch is written when nothing else waits', async (t) => {
  const harness = await openHarness();
  harness.append('a', 100);
  await harness.untilDurable(1);
  await quiet();
  const bytes = harness.disk.get(LOG);
  const spoilt = Buffer.from(bytes);
  // The name's last byte, just in front of the mark.
  spoilt[bytes.length - 41] = 0;
  harness.disk.put(LOG, spoilt);
  await t.throwsAsync(load(harness.disk), { message: /is damaged at offset/ });
});

test('a write that takes only a part is continued', async (t) => {
  const harness = await openHarness();
  harness.disk.hook = (operation) => {
    if (isWrite(operation)) operation.limit = 7;
    return undefined;
  };
  harness.append('a', 100);
  await harness.untilDurable(1);
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 100);
});

for (const [what, isMeant, code, reason] of [
  ['write', isWrite, 'ENOSPC', 'No space left on device'],
  ['sync', isSync, 'EIO', 'Input/output error'],
] as const) {
  test(`a failed ${what} is reported once and the log takes nothing more`, async (t) => {
    const harness = await openHarness();
    failOnce(harness, isMeant, code);
    harness.append('a', 100);
    harness.append('b', 200);
    t.deepEqual(await harness.untilReport('failed'), { type: 'failed', reason });
    const operations = harness.disk.operations;
    harness.append('a', 300);
    await quiet();
    t.is(harness.disk.operations, operations);
    t.is(harness.count('durable'), 0);
    t.is(harness.count('failed'), 1);
  });

  test(`a new base heals a failed ${what}, and what was appended during it is durable then`, async (t) => {
    const harness = await openHarness();
    failOnce(harness, isMeant, code);
    harness.append('a', 100);
    await harness.untilReport('failed');
    harness.append('a', 200);
    harness.send({ type: 'baseBegin', failures: 1 });
    harness.append('b', 5);
    harness.send({ type: 'baseEnd' });
    await harness.untilReport('switched');
    await harness.untilDurable(3);
    harness.append('c', 7);
    await harness.untilDurable(4);
    const { state } = await load(harness.disk.crash(() => 0));
    t.deepEqual(
      state,
      new Map([
        ['b', 5],
        ['c', 7],
      ]),
    );
  });
}

test('a write that fails half-way leaves a tail that the next start cuts', async (t) => {
  const harness = await openHarness();
  harness.append('a', 100);
  await harness.untilDurable(1);
  await quiet();
  let writes = 0;
  harness.disk.hook = (operation) => {
    if (!isWrite(operation)) return undefined;
    if (writes++ > 0) throw diskError('ENOSPC');
    operation.limit = 20;
    return undefined;
  };
  harness.append('a', 200);
  await harness.untilReport('failed');
  harness.disk.hook = () => undefined;
  const { state, opened } = await load(harness.disk);
  t.is(state.get('a'), 100);
  t.regex(opened.warnings[0] as string, /torn tail: its last 20 bytes/);
});

test('everysec acknowledges what was written and syncs it at the next tick', async (t) => {
  const harness = await openHarness('everysec');
  const syncs = () => harness.disk.trace.filter((kind) => kind === 'datasync').length;
  const before = syncs();
  harness.append('a', 100);
  await harness.untilDurable(1);
  t.is(syncs(), before);
  harness.session.tick();
  await quiet();
  t.is(syncs(), before + 1);
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 100);
  // The mark that tells of it is not worth another sync.
  harness.session.tick();
  await quiet();
  t.is(syncs(), before + 1);
});

test('everysec goes on writing while the sync of the second is under way', async (t) => {
  const harness = await openHarness('everysec');
  harness.append('a', 100);
  await harness.untilDurable(1);
  const gate = new Gate(harness.disk, isSync);
  harness.session.tick();
  await gate.reached;
  harness.append('a', 200);
  await harness.untilDurable(2);
  gate.open();
  await quiet();
  // The sync covers what was written before it began, and no more.
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 100);
  harness.session.tick();
  await quiet();
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 200);
});

test('a sync of everysec that fails is reported and nothing is acknowledged after it', async (t) => {
  const harness = await openHarness('everysec');
  harness.append('a', 100);
  await harness.untilDurable(1);
  failOnce(harness, isSync, 'EIO');
  harness.session.tick();
  await harness.untilReport('failed');
  harness.append('a', 200);
  await quiet();
  t.is(harness.durable, 1);
});

test('a batch that is being written when a sync of everysec fails is not acknowledged', async (t) => {
  const harness = await openHarness('everysec');
  harness.append('a', 100);
  await harness.untilDurable(1);
  let failSync = () => {};
  let endWrite = () => {};
  harness.disk.hook = (operation) => {
    if (isSync(operation)) {
      return new Promise((_, reject) => {
        failSync = () => reject(diskError('EIO'));
      });
    }
    return new Promise((resolve) => {
      endWrite = resolve;
    });
  };
  harness.session.tick();
  harness.append('a', 200);
  await quiet();
  failSync();
  await harness.untilReport('failed');
  endWrite();
  await quiet();
  t.is(harness.durable, 1);
});

test('no syncs nothing until the stop', async (t) => {
  const harness = await openHarness('no');
  const before = harness.disk.trace.length;
  harness.append('a', 100);
  await harness.untilDurable(1);
  harness.session.tick();
  await quiet();
  t.deepEqual(harness.disk.trace.slice(before), ['write']);
  harness.send({ type: 'close' });
  await harness.untilReport('closed');
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 100);
});

test('a change to a stricter policy syncs what the weaker one had left', async (t) => {
  const harness = await openHarness('no');
  harness.append('a', 100);
  await harness.untilDurable(1);
  harness.send({ type: 'configure', fsync: 'always' });
  await quiet();
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 100);
});

test('a close brings what waits to stable storage, with its proof, and ends with status 0', async (t) => {
  const harness = await openHarness();
  for (let i = 1; i <= 10; i++) harness.append('a', i);
  harness.send({ type: 'close' });
  await harness.until(() => harness.status !== undefined);
  t.is(harness.status, 0);
  t.is(harness.durable, 10);
  t.is(harness.reports.at(-1)?.type, 'closed');
  const after = harness.disk.crash(() => 0);
  const bytes = after.get(LOG);
  t.is((await load(after)).state.get('a'), 10);
  bytes[bytes.length - 41] = 0;
  after.put(LOG, bytes);
  await t.throwsAsync(load(after), { message: /is damaged at offset/ });
});

test('a close of a failed log does not claim that all is well', async (t) => {
  const harness = await openHarness();
  failOnce(harness, isSync, 'EIO');
  harness.append('a', 100);
  await harness.untilReport('failed');
  harness.send({ type: 'close' });
  await harness.until(() => harness.status !== undefined);
  t.is(harness.status, 1);
  t.is(harness.count('closed'), 0);
  t.is(harness.count('failed'), 2);
});

test('a sync that fails during the close is reported and ends with status 1', async (t) => {
  const harness = await openHarness('everysec');
  harness.append('a', 100);
  await harness.untilDurable(1);
  failOnce(harness, isSync, 'EIO');
  harness.send({ type: 'close' });
  await harness.until(() => harness.status !== undefined);
  t.is(harness.status, 1);
  t.is(harness.count('failed'), 1);
});

test('an append before the log is open ends the process', async (t) => {
  const harness = await openHarness();
  harness.send({ type: 'close' });
  t.throws(() => harness.append('a', 1), { message: 'the writer got append while it was closing' });
});
