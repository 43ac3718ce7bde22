import test from 'ava';
import { denialOf } from '#dist/acl/permission.js';
import { resolve } from '#dist/commands/table.js';
import { request } from '../commands/fakes.js';
import { known, userOf } from './context.js';

/** What keeps a user with these rules from a command: 'key 2', or nothing. */
function denied(rules: readonly string[], ...words: string[]): string | undefined {
  const asked = request(...words);
  const command = resolve(asked);
  if (typeof command === 'string') throw new Error(command);
  const denial = denialOf(known, userOf(...rules), command, asked);
  return (
    denial && (denial.reason === 'command' ? 'command' : `${denial.reason} ${denial.position}`)
  );
}

test('a command needs its bit, a subcommand its own', (t) => {
  t.is(denied(['~*'], 'GET', 'a'), 'command');
  t.is(denied(['~*', '+get'], 'GET', 'a'), undefined);
  t.is(denied(['+config|get'], 'CONFIG', 'GET', 'x'), undefined);
  t.is(denied(['+config|get'], 'CONFIG', 'SET', 'x', 'y'), 'command');
  t.is(denied(['+config', '-config|set'], 'CONFIG', 'SET', 'x', 'y'), 'command');
  t.is(denied(['+command'], 'COMMAND'), undefined);
  t.is(denied(['+command|count'], 'COMMAND'), 'command');
  t.is(denied(['+select|1'], 'SELECT', '1'), undefined);
  t.is(denied(['+select|1'], 'SELECT', '2'), 'command');
  t.is(denied(['+@sequence', '~*'], 'SEQ.NEXT', 'a'), undefined);
  // Who may nothing may still say who he is.
  for (const words of [['AUTH', 'x'], ['HELLO'], ['QUIT'], ['RESET']])
    t.is(denied([], ...words), undefined);
});

test('each key is asked for as the command uses it', (t) => {
  const rules = ['+@all', '%R~r*', '%W~w*', '~b*'];
  t.is(denied(rules, 'GET', 'r'), undefined);
  t.is(denied(rules, 'GET', 'w'), 'key 1');
  t.is(denied(rules, 'SET', 'w', '1'), undefined);
  t.is(denied(rules, 'SET', 'r', '1'), 'key 1');
  t.is(denied(rules, 'SET', 'w', '1', 'GET'), 'key 1');
  t.is(denied(rules, 'SET', 'w', '1', 'KEEPTTL', 'get'), 'key 1');
  t.is(denied(rules, 'SET', 'b', '1', 'GET'), undefined);
  t.is(denied(rules, 'INCR', 'w'), 'key 1');
  t.is(denied(rules, 'INCR', 'b'), undefined);
  t.is(denied(rules, 'COPY', 'r', 'w'), undefined);
  t.is(denied(rules, 'COPY', 'w', 'w'), 'key 1');
  t.is(denied(rules, 'COPY', 'r', 'r'), 'key 2');
  t.is(denied(rules, 'RENAME', 'b', 'w'), undefined);
  t.is(denied(rules, 'RENAME', 'r', 'w'), 'key 1');
  t.is(denied(rules, 'MGET', 'r', 'b', 'x'), 'key 3');
  t.is(denied(rules, 'MSET', 'w', '1', 'r', '2'), 'key 3');
  t.is(denied(rules, 'EXISTS', 'nothing'), 'key 1');
  t.is(denied(rules, 'DEL', 'w', 'b'), undefined);
  // No key is named.
  for (const words of [
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['DBSIZE'],
    ['FLUSHALL'],
    ['SWAPDB', '0', '1'],
  ]) {
    t.is(denied(rules, ...words), undefined);
  }
});

test('names are bytes, and an empty one matches the empty pattern only', (t) => {
  t.is(denied(['+get', '~\xff*'], 'GET', '\xff\0'), undefined);
  t.is(denied(['+get', '~é*'], 'GET', '\xc3\xa9'), 'key 1');
  t.is(denied(['+get', '%R~*'], 'GET', ''), 'key 1');
  t.is(denied(['+get', '~'], 'GET', ''), undefined);
  t.is(denied(['+get', '~*'], 'GET', ''), undefined);
});

test('channels are asked for, and patterns must be the same', (t) => {
  const rules = ['+@all', '~*', '&a*', '&p?'];
  t.is(denied(rules, 'PUBLISH', 'ab', 'x'), undefined);
  t.is(denied(rules, 'PUBLISH', 'b', 'a'), 'channel 1');
  t.is(denied(rules, 'SPUBLISH', 'b', 'a'), 'channel 1');
  t.is(denied(rules, 'SUBSCRIBE', 'a', 'p1', 'b'), 'channel 3');
  t.is(denied(rules, 'SSUBSCRIBE', 'a', 'p1'), undefined);
  t.is(denied(rules, 'PSUBSCRIBE', 'a*', 'p?'), undefined);
  t.is(denied(rules, 'PSUBSCRIBE', 'ab'), 'channel 1');
  t.is(denied(rules, 'UNSUBSCRIBE', 'b'), undefined);
  t.is(denied(rules, 'PUBSUB', 'CHANNELS', 'b'), undefined);
});

test('one selector must allow all of a command', (t) => {
  const rules = ['+get', '~a*', '(+set ~b*)', '(+get ~c*)'];
  t.is(denied(rules, 'GET', 'a'), undefined);
  t.is(denied(rules, 'GET', 'c'), undefined);
  t.is(denied(rules, 'SET', 'b', '1'), undefined);
  t.is(denied(rules, 'SET', 'a', '1'), 'key 1');
  t.is(denied(rules, 'GET', 'b'), 'key 1');
  t.is(denied(rules, 'DEL', 'b'), 'command');
  t.is(denied(['+mget', '~a', '(+mget ~a ~b)'], 'MGET', 'a', 'b', 'c'), 'key 3');
});
