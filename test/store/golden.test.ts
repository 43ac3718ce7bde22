import { readFileSync } from 'node:fs';
import test from 'ava';
import { readEntries } from '#dist/protocol/entry.js';
import { Jump } from '#dist/store/log/jump.js';
import { LocalLog } from '#dist/store/log/local-log.js';
import { restoreLog, verify } from '#dist/store/log/restore.js';
import { DIR, identity, LOG, request } from './log-tools.js';
import { MemoryDisk } from './memory-disk.js';

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url));
}

/** The entries that a server with this log loads, in order, and what it says when it is open. */
async function open(disk: MemoryDisk) {
  const found: string[] = [];
  const log = new LocalLog(disk, identity());
  const opened = await log.open(request(), {
    entries: (bytes, start, end) => {
      readEntries(bytes, start, end, {
        state: (database, flags, ceiling, name, from, to) => {
          found.push(
            `${database} ${JSON.stringify(name.toString('latin1', from, to))} ${flags} ${ceiling}`,
          );
        },
        remove: (database, name, from, to) => {
          found.push(`${database} ${JSON.stringify(name.toString('latin1', from, to))} removed`);
        },
        flush: (database) => {
          found.push(`${database} flushed`);
        },
      });
      return undefined;
    },
    begin() {},
    progress() {},
  });
  return { found, opened };
}

test('a log of layout version 1 loads as it did when it was written', async (t) => {
  const disk = new MemoryDisk();
  disk.put(LOG, fixture('log-layout-1.bin'));
  const { found, opened } = await open(disk);
  t.deepEqual(found, [
    '0 "orders" 0 100',
    '0 "gauge" 1 -42',
    '15 "highest" 0 9223372036854775807',
    '0 "orders" 0 200',
    '15 "lowest" 0 -9223372036854775808',
    '3 "\\u0000ÿ\\r\\n" 0 9007199254740993',
    '7 "flushed" 0 1',
    '0 "removed" 0 1',
    '0 "orders" 0 300',
    '0 "removed" removed',
    '7 flushed',
    '0 "" 0 5',
    '0 "orders" 0 400',
  ]);
  t.deepEqual(opened.warnings, []);
  t.is(opened.baseSize, 592);
});

test('a backup of layout version 1 is restored as it would have been when it was written', async (t) => {
  const path = '/backup';
  const disk = new MemoryDisk();
  disk.put(path, fixture('backup-layout-1.bin'));
  const file = await disk.openToRead(path);
  const verified = await verify(file, path);
  t.like(verified, { entries: 13, gauges: 1, gaugeNames: ['"gauge"'], leftOut: 0 });
  const jump = new Jump({ by: 1000, gauges: 'keep' });
  const target = { dir: DIR, epoch: verified.header.epoch + 1, jump };
  await restoreLog(disk, identity(), { file, path, verified }, target);
  const { found, opened } = await open(disk);
  t.deepEqual(found, [
    '0 "orders" 0 1100',
    '0 "gauge" 1 -42',
    '15 "highest" 0 9223372036854775807',
    '0 "orders" 0 1200',
    '15 "lowest" 0 -9223372036854774808',
    '3 "\\u0000ÿ\\r\\n" 0 9007199254741993',
    '7 "flushed" 0 1001',
    '0 "removed" 0 1001',
    '0 "orders" 0 1300',
    '0 "removed" removed',
    '7 flushed',
    '0 "" 0 1005',
    '0 "orders" 0 1400',
  ]);
  t.is(opened.epoch, 2);
  t.deepEqual([...jump.stoppedNames], ['"highest"']);
});
