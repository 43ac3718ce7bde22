import test from 'ava';
import { AclLog, type Denied } from '#dist/acl/acl-log.js';
import { Denials } from '#dist/acl/denials.js';

function denied(object: string, changes: Partial<Denied> = {}): Denied {
  const where = { reason: 'key', context: 'toplevel', username: 'a', clientInfo: '' } as const;
  return { ...where, object, atMs: 1000, count: 1, ...changes };
}

function told(entries: readonly Denied[]): string {
  return entries.map(({ object, count }) => `${object}${count}`).join(' ');
}

test('what is denied again counts up and comes to the front, with the later client', (t) => {
  const log = new AclLog();
  for (const object of ['x', 'y', 'x']) log.add(denied(object, { clientInfo: object }), 10);
  log.add(denied('x', { clientInfo: 'last', atMs: 61000 }), 10);
  t.is(told(log.entries), 'x3 y1');
  t.is(log.entries[0]?.clientInfo, 'last');
});

test('another reason, context, user or a minute between make another entry', (t) => {
  const log = new AclLog();
  log.add(denied('x'), 10);
  log.add(denied('x', { reason: 'channel' }), 10);
  log.add(denied('x', { context: 'multi' }), 10);
  log.add(denied('x', { username: 'b' }), 10);
  log.add(denied('x', { atMs: 61001 }), 10);
  t.is(told(log.entries), 'x1 x1 x1 x1 x1');
});

test('only the newest ten are compared, and no more are kept than allowed', (t) => {
  const log = new AclLog();
  for (let i = 0; i < 11; i++) log.add(denied(`k${i}:`), 100);
  log.add(denied('k0:'), 100);
  t.is(log.entries.length, 12);
  log.add(denied('new'), 3);
  t.is(told(log.entries), 'new1 k0:1 k10:1');
  log.add(denied('none'), 0);
  t.is(told(log.entries), '');
});

test('what a worker denies again at once is told once, with its number', (t) => {
  const denials = new Denials();
  for (const object of ['x', 'x', 'y', 'x']) denials.add(denied(object));
  t.is(told(denials.take()), 'x2 y1 x1');
  t.true(denials.isEmpty);
  for (let i = 0; i < 1000; i++) denials.add(denied(`k${i}:`));
  t.is(denials.take().length, 128);
});
