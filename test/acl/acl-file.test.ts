import test from 'ava';
import { aclFileText, parseAclFile } from '#dist/acl/acl-file.js';
import { configuredUsers } from '#dist/acl/configured-users.js';
import { context, known } from './context.js';

const UNCHANGED =
  'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';

function rewritten(text: string): string {
  const users = parseAclFile(text, 'f', context);
  return typeof users === 'string' ? users : aclFileText(known, users.values());
}

test('a file is written as it was read', (t) => {
  const text =
    'user default on nopass ~* &* +@all\n' +
    `user \xffb on #${'ab'.repeat(32)} ~\xfe* %R~r resetchannels &c -@all +@read +lpush (~x &* +@all -get)\n`;
  t.is(rewritten(text), text);
});

test('blank lines, blanks and line ends of other systems do no harm', (t) => {
  t.is(
    rewritten('\r\n\n  user default  on  nopass\r\n\t user a on \n'),
    'user default on nopass resetchannels -@all\nuser a on resetchannels -@all\n',
  );
  t.is(rewritten('user default on nopass\r\n'), 'user default on nopass resetchannels -@all\n');
});

test('a file without the default user leaves it all rights', (t) => {
  t.is(
    rewritten('user a on\n'),
    'user a on resetchannels -@all\nuser default on nopass ~* &* +@all\n',
  );
  t.is(rewritten(''), 'user default on nopass ~* &* +@all\n');
});

test('everything that is wrong is told, with its line', (t) => {
  for (const [text, errors] of [
    ['# a', 'f:1 should start with user keyword followed by the username. '],
    ['\nuser', 'f:2 should start with user keyword followed by the username. '],
    ['USER a', 'f:1 should start with user keyword followed by the username. '],
    ['user a\tb', "'f:1: username 'a\tb' contains invalid characters. "],
    ['user a\nuser a on', "WARNING: Duplicate user 'a' found on line 2. "],
    ['user a (+get', 'f:1: Unmatched parenthesis in selector definition.'],
    [
      'user a nosuch #1 +x',
      "f:1: Syntax error. f:1: Error in applying operation '+x': Unknown command or category name in ACL. ",
    ],
  ]) {
    t.is(rewritten(text as string), errors + UNCHANGED);
  }
});

test('users of the configuration are refused with their place, and without a password', (t) => {
  const refusal = (...words: string[]) =>
    t.throws(() => configuredUsers([{ words, place: 'a.conf:3: ' }], context)).message;
  t.is(refusal(), 'a.conf:3: user needs a name');
  t.is(refusal('a b'), "a.conf:3: a user's name can't contain blanks");
  t.is(
    refusal('a', '<secret'),
    'a.conf:3: user a: a password: The password you are trying to remove from the user does not exist',
  );
  t.is(refusal('a', 'on', '+x'), "a.conf:3: user a: '+x': Unknown command or category name in ACL");
  const [user] = configuredUsers([{ words: ['a', 'on', '(+get', '~a)'], place: '' }], context);
  t.is(user?.selectors.length, 2);
});
