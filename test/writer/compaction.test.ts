import test from 'ava';
import { entry, LOG, load, request } from '../store/log-tools.js';
import { diskError, type Operation } from '../store/memory-disk.js';
import { Gate, Harness, openHarness, quiet } from './harness.js';

const NEW = `${LOG}.new`;

test('a base replaces the log, and the master is told its name and size', async (t) => {
  const harness = await openHarness();
  harness.append('a', 100);
  await harness.untilDurable(1);
  harness.base(0, entry('a', 150), entry('b', 5));
  const switched = await harness.untilReport('switched');
  const { state, opened } = await load(harness.disk.crash(() => 0));
  t.deepEqual(
    state,
    new Map([
      ['a', 150],
      ['b', 5],
    ]),
  );
  t.like(switched, { file: opened.file, size: opened.size });
  t.is(opened.size, opened.baseSize);
  t.is(harness.count('baseWritten'), 1);
  t.false(harness.disk.names.has(NEW));
});

test('appends during a base are acknowledged by the old log and are in the new one', async (t) => {
  const harness = await openHarness();
  harness.send({ type: 'baseBegin', failures: 0 });
  harness.slice(entry('a', 100));
  harness.append('a', 200);
  await harness.untilDurable(1);
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 200);
  harness.append('b', 1);
  harness.slice(entry('c', 3));
  harness.append('a', 0);
  await harness.untilDurable(3);
  harness.send({ type: 'baseEnd' });
  await harness.untilReport('switched');
  const { state } = await load(harness.disk.crash(() => 0));
  t.deepEqual(
    state,
    new Map([
      ['b', 1],
      ['c', 3],
    ]),
  );
});

test('an append that arrives while the names change is acknowledged by the new log', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, ({ kind }) => kind === 'rename');
  harness.base(0, entry('a', 100));
  await gate.reached;
  harness.append('a', 200);
  await quiet();
  t.is(harness.count('durable'), 0);
  gate.open();
  await harness.untilDurable(1);
  t.deepEqual(
    harness.reports.slice(-2).map(({ type }) => type),
    ['switched', 'durable'],
  );
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 200);
});

test('a batch that is under way to the old log when the base ends is waited for', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, ({ kind, path }) => kind === 'datasync' && path === LOG);
  harness.send({ type: 'baseBegin', failures: 0 });
  harness.append('a', 200);
  await gate.reached;
  harness.send({ type: 'baseEnd' });
  await quiet();
  t.true(harness.disk.names.has(NEW));
  t.is(harness.count('switched'), 0);
  gate.open();
  await harness.untilReport('switched');
  t.deepEqual(
    harness.reports
      .filter(({ type }) => type === 'durable' || type === 'switched')
      .map(({ type }) => type),
    ['durable', 'switched', 'durable'],
  );
});

const FAULTS: readonly (readonly [string, string, (operation: Operation) => boolean])[] = [
  ['create', 'EACCES', ({ kind, path }) => kind === 'create' && path === NEW],
  ['header write', 'ENOSPC', ({ kind, path }) => kind === 'write' && path === NEW],
  [
    'slice write',
    'ENOSPC',
    ({ kind, path, bytes }) => kind === 'write' && path === NEW && bytes?.length !== 128,
  ],
  ['sync', 'EIO', ({ kind, path }) => kind === 'datasync' && path === NEW],
  ['rename', 'ENOSPC', ({ kind }) => kind === 'rename'],
];

for (const [what, code, isMeant] of FAULTS) {
  test(`a base whose ${what} fails leaves the log as it is, as often as it is tried`, async (t) => {
    const harness = await openHarness();
    harness.append('a', 100);
    await harness.untilDurable(1);
    const fault = (operation: Operation) => {
      if (isMeant(operation)) throw diskError(code);
      return undefined;
    };
    for (let round = 1; round <= 3; round++) {
      harness.disk.hook = fault;
      harness.base(0, entry('a', 150));
      harness.append('b', round);
      await harness.untilReport('baseFailed', round);
      await harness.untilDurable(round + 1);
      t.false(harness.disk.names.has(NEW));
    }
    t.is(harness.count('failed'), 0);
    t.deepEqual(
      (await load(harness.disk.crash(() => 0))).state,
      new Map([
        ['a', 100],
        ['b', 3],
      ]),
    );
    harness.disk.hook = () => undefined;
    harness.base(0, entry('a', 150), entry('b', 3));
    await harness.untilReport('switched');
    t.deepEqual(
      (await load(harness.disk.crash(() => 0))).state,
      new Map([
        ['a', 150],
        ['b', 3],
      ]),
    );
  });
}

test('an append that still waits when the base begins does not stand behind it', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, ({ kind, path }) => kind === 'datasync' && path === LOG);
  harness.append('a', 100);
  await gate.reached;
  // While the first is being synced, the second waits; the base has the exact value, which is lower than the ceiling.
  harness.append('a', 200);
  harness.base(0, entry('a', 150));
  await quiet();
  gate.open();
  await harness.untilReport('switched');
  await harness.untilDurable(2);
  await quiet();
  t.deepEqual((await load(harness.disk.crash(() => 0))).state, new Map([['a', 150]]));
});

test('bases are tried until one succeeds when the log has failed', async (t) => {
  const harness = await openHarness();
  let failing = true;
  harness.disk.hook = ({ kind }) => {
    if (failing && kind === 'datasync') throw diskError('EIO');
    return undefined;
  };
  harness.append('a', 100);
  await harness.untilReport('failed');
  for (let round = 1; round <= 5; round++) {
    harness.base(1, entry('a', 100));
    harness.append('b', round);
    await harness.untilReport('baseFailed', round);
    await quiet();
    t.is(harness.durable, 0);
  }
  failing = false;
  harness.base(1, entry('a', 100), entry('b', 5));
  await harness.untilReport('switched');
  harness.append('a', 200);
  await harness.untilDurable(7);
  t.is(harness.count('failed'), 1);
  t.is((await load(harness.disk.crash(() => 0))).state.get('a'), 200);
});

test('a directory that can not be synced after the rename fails the log, and another base heals it', async (t) => {
  const harness = await openHarness();
  harness.disk.hook = ({ kind }) => {
    if (kind === 'syncDirectory') throw diskError('EIO');
    return undefined;
  };
  harness.base(0, entry('a', 100));
  t.deepEqual(await harness.untilReport('failed'), {
    type: 'failed',
    reason: 'Input/output error',
  });
  harness.append('a', 200);
  await quiet();
  t.is(harness.durable, 0);
  t.is(harness.count('baseFailed'), 0);
  harness.disk.hook = () => undefined;
  harness.base(1, entry('a', 300));
  await harness.untilReport('switched');
  harness.append('b', 1);
  await harness.untilDurable(2);
  t.deepEqual(
    (await load(harness.disk.crash(() => 0))).state,
    new Map([
      ['a', 300],
      ['b', 1],
    ]),
  );
});

test('a log that fails during a base ends the base too', async (t) => {
  const harness = await openHarness();
  harness.send({ type: 'baseBegin', failures: 0 });
  harness.slice(entry('a', 100));
  await harness.untilReport('baseWritten');
  harness.disk.hook = ({ kind, path }) => {
    if (kind === 'datasync' && path === LOG) throw diskError('EIO');
    return undefined;
  };
  harness.append('a', 200);
  await harness.untilReport('failed');
  harness.slice(entry('b', 1));
  harness.send({ type: 'baseEnd' });
  await quiet();
  t.is(harness.count('switched') + harness.count('baseFailed'), 0);
  t.false(harness.disk.names.has(NEW));
});

test('a base that was begun before its master saw the failure is ignored', async (t) => {
  const harness = await openHarness();
  harness.disk.hook = ({ kind, path }) => {
    if (kind === 'datasync' && path === LOG) throw diskError('EIO');
    return undefined;
  };
  harness.append('a', 200);
  await harness.untilReport('failed');
  harness.base(0, entry('a', 200));
  await quiet();
  t.is(harness.count('switched'), 0);
  harness.base(1, entry('a', 50));
  await harness.untilReport('switched');
  harness.disk.hook = () => undefined;
  t.is((await load(harness.disk)).state.get('a'), 50);
});

test('a base that begins during another starts over', async (t) => {
  const harness = await openHarness();
  harness.send({ type: 'baseBegin', failures: 0 });
  harness.slice(entry('old', 1));
  await harness.untilReport('baseWritten');
  harness.base(0, entry('new', 2));
  await harness.untilReport('switched');
  t.deepEqual((await load(harness.disk.crash(() => 0))).state, new Map([['new', 2]]));
  t.is(harness.count('switched'), 1);
  t.is(harness.count('baseFailed'), 0);
});

test('a close completes a base that has ended and gives up one that has not', async (t) => {
  const harness = await openHarness();
  harness.base(0, entry('a', 1));
  harness.send({ type: 'close' });
  await harness.until(() => harness.status === 0);
  t.is(harness.count('switched'), 1);
  const next = new Harness(harness.disk, 2);
  next.send({ type: 'open', open: request() });
  await next.untilReport('opened');
  next.send({ type: 'baseBegin', failures: 0 });
  next.slice(entry('b', 1));
  next.send({ type: 'close' });
  await next.until(() => next.status === 0);
  t.is(next.count('switched'), 0);
  t.false(harness.disk.names.has(NEW));
  t.deepEqual((await load(harness.disk.crash(() => 0))).state, new Map([['a', 1]]));
});

test('what waited when the log failed is not written to the one that heals it', async (t) => {
  const harness = await openHarness();
  harness.append('a', 100);
  await harness.untilDurable(1);
  let failSync = () => {};
  const isSyncing = new Promise<void>((resolve) => {
    harness.disk.hook = ({ kind }) => {
      if (kind !== 'datasync') return undefined;
      resolve();
      return new Promise((_, reject) => {
        failSync = () => reject(diskError('EIO'));
      });
    };
  });
  harness.append('b', 1);
  await isSyncing;
  // A removal: the master takes it back.
  harness.append('a', 0);
  harness.disk.hook = () => undefined;
  failSync();
  await harness.untilReport('failed');
  harness.base(1, entry('a', 100));
  await harness.untilReport('switched');
  await quiet();
  t.deepEqual((await load(harness.disk.crash(() => 0))).state, new Map([['a', 100]]));
  t.is(harness.durable, 1);
});

test('a base lets the batch that is under way go first', async (t) => {
  const harness = await openHarness();
  const gate = new Gate(harness.disk, ({ kind, path }) => kind === 'datasync' && path === LOG);
  harness.append('a', 100);
  await gate.reached;
  harness.send({ type: 'baseBegin', failures: 0 });
  harness.slice(entry('a', 100));
  await quiet();
  t.is(harness.count('baseWritten'), 0);
  gate.open();
  await harness.untilReport('baseWritten');
  t.is(harness.durable, 1);
});

test('a large base is synced in parts', async (t) => {
  const harness = await openHarness();
  const syncs: string[] = [];
  harness.disk.hook = ({ kind, path }) => {
    if (kind === 'datasync') syncs.push(path);
    return undefined;
  };
  harness.send({ type: 'baseBegin', failures: 0 });
  for (let i = 0; i < 64; i++) harness.slice(entry(`${i}`.padEnd(256 << 10, 'x'), 1));
  harness.send({ type: 'baseEnd' });
  await harness.untilReport('switched');
  t.is(harness.count('baseWritten'), 64);
  t.true(syncs.filter((path) => path === NEW).length >= 4);
});
