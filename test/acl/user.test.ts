import test from 'ava';
import { describeUser } from '#dist/acl/describe.js';
import { AclUser } from '#dist/acl/user.js';
import { context, known, tryRules, userOf } from './context.js';

const HASH = 'ab'.repeat(32);
const WRONG_HASH =
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters';

function described(...rules: string[]): string {
  const user = tryRules(...rules);
  return typeof user === 'string' ? user : describeUser(known, user);
}

function refused(rule: string, text: string): string {
  return `Error in ACL SETUSER modifier '${rule}': ${text}`;
}

test('a new user may nothing, and the default user everything', (t) => {
  t.is(described(), 'off resetchannels -@all');
  const user = AclUser.createDefault(context);
  t.is(describeUser(known, user), 'on nopass ~* &* +@all');
  t.true(user.mayDoEverything);
  t.false(userOf('on', 'nopass', '+@all', '~*').mayDoEverything);
  t.true(userOf('+@all', '~*', '&*', '(+get)').mayDoEverything);
  t.false(userOf('+@all', '-get', '+get', '~*', '&*').mayDoEverything);
});

test('a new user has all channels where the configuration says so', (t) => {
  const open = { known, allChannels: true };
  const user = AclUser.create('a', open);
  t.is(describeUser(known, user), 'off &* -@all');
  for (const rule of ['resetchannels', '+get', 'reset']) user.apply(open, rule);
  t.is(describeUser(known, user), 'off sanitize-payload &* -@all');
});

test('words of rules come in either case and end with a NUL, patterns do neither', (t) => {
  t.is(described('ON\0x', 'NoPass', '+GET', '-@ALL', '~Ab'), 'on nopass ~Ab resetchannels -@all');
  t.is(described('~a\0b'), refused('~a', 'Syntax error'));
  t.is(described(''), 'off resetchannels -@all');
});

test('passwords are kept as hashes, once each, and nopass goes without', (t) => {
  const sha = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  t.is(described('>abc', `#${sha}`, '>abc'), `off #${sha} resetchannels -@all`);
  t.is(described('>abc', '<abc'), 'off resetchannels -@all');
  t.is(described('>abc', 'nopass', '>abc'), `off #${sha} resetchannels -@all`);
  t.is(described('>abc', 'nopass'), 'off nopass resetchannels -@all');
  t.is(described('nopass', 'resetpass'), 'off resetchannels -@all');
  const none = 'The password you are trying to remove from the user does not exist';
  t.is(described('<abc'), refused('<abc', none));
  t.is(described(`!${HASH}`), refused(`!${HASH}`, none));
  for (const bad of ['#', `#${HASH}0`, `#${HASH.toUpperCase()}`, `!${HASH.slice(1)}g`]) {
    t.is(described(bad), refused(bad, WRONG_HASH));
  }
});

test('a user who is on comes in with any of its passwords, and who is off with none', (t) => {
  const user = userOf('on', '>one', '>\xff\0two');
  const admits = (text: string) => user.admits(Buffer.from(text, 'latin1'));
  t.deepEqual(['one', '\xff\0two', 'two', '', 'One'].map(admits), [
    true,
    true,
    false,
    false,
    false,
  ]);
  t.false(userOf('>one').admits(Buffer.from('one')));
  t.true(userOf('on', 'nopass').admits(Buffer.from('any')));
  t.false(userOf('nopass').admits(Buffer.from('any')));
  t.false(userOf('on').admits(Buffer.from('')));
});

test('key patterns add up', (t) => {
  const described2 = (...rules: string[]) => described(...rules).replace('off ', '');
  t.is(described2('%R~a', '%W~a', '%r~b', '%WR~c'), '~a %R~b ~c resetchannels -@all');
  t.is(described2('~a', '~b', '~a', 'resetkeys', '~c'), '~c resetchannels -@all');
  t.is(described2('~a', 'allkeys'), '~* resetchannels -@all');
  t.is(described2('%R~*'), '%R~* resetchannels -@all');
  const all =
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns";
  t.is(described('~*', '~a'), refused('~a', all));
  for (const bad of ['%', '%~a', '%X~a', '%RR~a', '%RWR~a', '~a b', '%R~\t']) {
    t.is(described(bad), refused(bad, 'Syntax error'), bad);
  }
});

test('channel patterns add up', (t) => {
  t.is(described('&a', '&b', '&a'), 'off resetchannels &a &b -@all');
  t.is(described('&a', 'allchannels'), 'off &* -@all');
  t.true(String(tryRules('&*', '&a')).includes("(or the 'allchannels' flag)"));
  t.is(described('&a b'), refused('&a b', 'Syntax error'));
});

test('commands are told by categories as far as they fit, then one by one', (t) => {
  const commands = (...rules: string[]) => described(...rules).replace('off resetchannels ', '');
  t.is(commands('+@read', '+@pubsub'), '-@all +@read +@pubsub');
  t.is(commands('+@read', '+hset', '+hdel'), '-@all +@read +hdel +hset');
  t.is(commands('+@all', '-@dangerous', '+get'), '+@all -@dangerous');
  t.is(commands('+@all', '-get', '+get'), '+@all');
  t.is(commands('+@all', '-@all', '+get', '+lpush'), '-@all +get +lpush');
  t.is(commands('+config', '-config|set'), '-@all +config -config|set');
  t.is(commands('+config|get'), '-@all +config|get');
  t.is(commands('+seq.next', '+seq.info', '+next'), '-@all +@sequence');
  t.is(commands('+@all', '-seq.next'), '+@all -seq.next');
});

test('a first argument stands for itself, until its command is changed', (t) => {
  const commands = (...rules: string[]) => described(...rules).replace('off resetchannels ', '');
  t.is(commands('+select|0', '+SELECT|A', '+select|a'), '-@all +select|0 +select|A');
  t.is(commands('+select|0', '+select'), '-@all +select');
  t.is(commands('+select|0', '-select'), '-@all');
  t.is(commands('+select|0', '-@connection'), '-@all');
  t.is(commands('+select|0', '+@all'), '+@all');
  for (const [rule, text] of [
    ['+select|', 'Syntax error'],
    ['+nosuch|0', 'Unknown command or category name in ACL'],
    ['+config|nosuch', 'Unknown command or category name in ACL'],
    ['+config|get|x', 'Allowing first-arg of a subcommand is not supported'],
    ['-select|0', 'Unknown command or category name in ACL'],
    ['+@nosuch', 'Unknown command or category name in ACL'],
    ['+', 'Unknown command or category name in ACL'],
    ['nosuch', 'Syntax error'],
  ] as const) {
    t.is(described(rule), refused(rule, text));
  }
});

test('a selector is put together from its words, with the quotes of a line', (t) => {
  t.is(
    described('(+get ~a)', '(', '%W~b', '&c', ')'),
    'off resetchannels -@all (~a resetchannels -@all +get) (%W~b resetchannels &c -@all)',
  );
  t.is(described('("+get" \'~a\')'), 'off resetchannels -@all (~a resetchannels -@all +get)');
  t.is(described('(+get "~a)'), 'off resetchannels -@all (resetchannels -@all)');
  t.is(described('(+get)', 'clearselectors', '+set'), 'off resetchannels -@all +set');
  t.is(described('(+get', '~a'), "Unmatched parenthesis in acl selector starting at '(+get'.");
  t.is(described('(on)'), refused('(on)', 'Syntax error'));
  t.is(described('(+get (~a))'), refused('(+get (~a))', 'Syntax error'));
});

test('a rule that can’t be applied leaves the user as it was', (t) => {
  const user = userOf('+get', '~a', '(+set)');
  const before = describeUser(known, user);
  t.is(typeof tryRules('+get', 'nosuch'), 'string');
  t.is(describeUser(known, user), before);
});

test('a user crosses a pipe whole', (t) => {
  for (const rules of [
    ['on', '>pw', '~\xff*', '%R~b', '&c', '+@read', '-get', '+select|0', '(+set ~x &*)'],
    ['+@all', '~*', '&*', 'skip-sanitize-payload'],
    ['+@all', '-@write'],
  ]) {
    const user = userOf(...rules);
    const other = AclUser.fromData(JSON.parse(JSON.stringify(user.toData())));
    t.is(describeUser(known, other), describeUser(known, user));
    t.is(other.mayDoEverything, user.mayDoEverything);
  }
});
