import test from 'ava';
import { BlockedClients } from '#dist/master/blocked-clients.js';

test('a client is blocked until its time is over', async (t) => {
  const blocked = new BlockedClients();
  await t.notThrowsAsync(blocked.block('7', 1));
  t.false(blocked.unblock('7', false));
});

test('a client that waits for ever is unblocked, with an error or without', async (t) => {
  const blocked = new BlockedClients();
  const one = blocked.block('7', 0);
  const other = blocked.block('8', 0);
  t.true(blocked.unblock('7', false));
  await t.notThrowsAsync(one);
  t.true(blocked.unblock('8', true));
  await t.throwsAsync(other, { message: 'UNBLOCKED client unblocked via CLIENT UNBLOCK' });
  t.false(blocked.unblock('9', true));
});

test('nobody waits longer than the server serves', async (t) => {
  const blocked = new BlockedClients();
  const before = blocked.block('7', 0);
  blocked.close();
  await t.notThrowsAsync(before);
  await t.notThrowsAsync(blocked.block('8', 0));
});
