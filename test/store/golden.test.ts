import { readFileSync } from 'node:fs';
import test from 'ava';
import { readEntries } from '#dist/protocol/entry.js';
import { LocalLog } from '#dist/store/log/local-log.js';
import { identity, LOG, request } from './log-tools.js';
import { MemoryDisk } from './memory-disk.js';

test('a log of layout version 1 loads as it did when it was written', async (t) => {
  const disk = new MemoryDisk();
  disk.put(LOG, readFileSync(new URL('../../../test/fixtures/log-layout-1.bin', import.meta.url)));
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
