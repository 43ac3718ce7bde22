import test from 'ava';
import { fakeSession, inWorker } from './fakes.js';

const WRONG_PASSWORD = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
const SYNTAX_ERROR = '-ERR syntax error\r\n';

test('PING answers PONG or its message, and refuses two', (t) => {
  const session = fakeSession();
  t.is(inWorker(session, 'PING'), '+PONG\r\n');
  t.is(inWorker(session, 'PING', 'a\r\n\xff'), '$4\r\na\r\n\xff\r\n');
  t.is(
    inWorker(session, 'PING', 'a', 'b'),
    "-ERR wrong number of arguments for 'ping' command\r\n",
  );
});

test('ECHO answers its message, also an empty one', (t) => {
  t.is(inWorker(fakeSession(), 'ECHO', ''), '$0\r\n\r\n');
});

test('QUIT answers and has the connection closed', (t) => {
  const session = fakeSession();
  t.is(inWorker(session, 'QUIT', 'now'), '+OK\r\n');
  t.true(session.isClosing);
});

test('RESET brings the session back', (t) => {
  const session = fakeSession();
  inWorker(session, 'SELECT', '3');
  inWorker(session, 'HELLO', '3', 'SETNAME', 'me');
  t.is(inWorker(session, 'RESET'), '+RESET\r\n');
  t.deepEqual([session.protocol, session.database, session.name], [2, 0, '']);
});

test('SELECT takes the databases that there are', (t) => {
  const session = fakeSession({ databases: 4 });
  t.is(inWorker(session, 'SELECT', '3'), '+OK\r\n');
  t.is(session.database, 3);
  t.is(inWorker(session, 'SELECT', '4'), '-ERR DB index is out of range\r\n');
  t.is(inWorker(session, 'SELECT', '-1'), '-ERR DB index is out of range\r\n');
  t.is(inWorker(session, 'SELECT', 'x'), '-ERR value is not an integer or out of range\r\n');
  t.is(
    inWorker(session, 'SELECT', '2147483648'),
    '-ERR value is out of range, value must between -2147483648 and 2147483647\r\n',
  );
  t.is(session.database, 3);
});

test('AUTH lets in who has the password', (t) => {
  for (const words of [['secret'], ['default', 'secret']]) {
    const session = fakeSession({ requirepass: 'secret' });
    t.is(inWorker(session, 'AUTH', ...words), '+OK\r\n');
    t.false(session.mustAuthenticate);
  }
});

test('AUTH refuses everybody else', (t) => {
  for (const words of [['Secret'], ['secret '], [''], ['root', 'secret'], ['DEFAULT', 'secret']]) {
    const session = fakeSession({ requirepass: 'secret' });
    t.is(inWorker(session, 'AUTH', ...words), WRONG_PASSWORD, words.join(' '));
    t.true(session.mustAuthenticate);
  }
  t.is(inWorker(fakeSession(), 'AUTH', 'a', 'b', 'c'), SYNTAX_ERROR);
});

test('a failed AUTH does not throw out who is in', (t) => {
  const session = fakeSession({ requirepass: 'secret' });
  inWorker(session, 'AUTH', 'secret');
  t.is(inWorker(session, 'AUTH', 'wrong'), WRONG_PASSWORD);
  t.false(session.mustAuthenticate);
});

test('the password is compared as UTF-8', (t) => {
  const session = fakeSession({ requirepass: 'é' });
  t.is(inWorker(session, 'AUTH', '\xc3\xa9'), '+OK\r\n');
  t.is(inWorker(session, 'AUTH', '\xe9'), WRONG_PASSWORD);
});

test('without a password any will do for the default user, but AUTH says that there is none', (t) => {
  const session = fakeSession();
  t.regex(inWorker(session, 'AUTH', 'x'), /^-ERR AUTH <password> called without any password/);
  t.is(inWorker(session, 'AUTH', 'default', 'x'), '+OK\r\n');
  t.is(inWorker(session, 'AUTH', 'nobody', 'x'), WRONG_PASSWORD);
});

test('HELLO introduces us as Redis, from the reply on in the protocol asked for', (t) => {
  const session = fakeSession();
  const facts = ['$6', 'server', '$5', 'redis', '$7', 'version', '$6', '7.0.15', '$5', 'proto'];
  const rest = ['$2', 'id', ':7', '$4', 'mode', '$10', 'standalone', '$4', 'role', '$6', 'master'];
  const end = ['$7', 'modules', '*0', ''];
  t.is(inWorker(session, 'HELLO'), ['*14', ...facts, ':2', ...rest, ...end].join('\r\n'));
  t.is(inWorker(session, 'HELLO', '3'), ['%7', ...facts, ':3', ...rest, ...end].join('\r\n'));
  t.is(session.protocol, 3);
  t.is(inWorker(session, 'HELLO', '2'), ['*14', ...facts, ':2', ...rest, ...end].join('\r\n'));
});

test('HELLO refuses other versions and options, and keeps the protocol', (t) => {
  const session = fakeSession();
  t.is(inWorker(session, 'HELLO', '4'), '-NOPROTO unsupported protocol version\r\n');
  t.is(
    inWorker(session, 'HELLO', 'x'),
    '-ERR Protocol version is not an integer or out of range\r\n',
  );
  for (const option of ['FOO', 'AUTH', 'SETNAME']) {
    t.is(
      inWorker(session, 'HELLO', '3', option),
      `-ERR Syntax error in HELLO option '${option}'\r\n`,
    );
  }
  t.is(session.protocol, 2);
});

test('HELLO authenticates and names in one go', (t) => {
  const session = fakeSession({ requirepass: 'secret' });
  t.regex(inWorker(session, 'HELLO', '3'), /^-NOAUTH HELLO must be called/);
  t.is(session.protocol, 2);
  t.is(inWorker(session, 'HELLO', '3', 'AUTH', 'default', 'wrong'), WRONG_PASSWORD);
  t.regex(inWorker(session, 'HELLO', '3', 'setname', 'me', 'auth', 'default', 'secret'), /^%7/);
  t.is(session.name, 'me');
  t.false(session.mustAuthenticate);
});

test('CLIENT SETNAME takes printable names, and the empty one takes the name away', (t) => {
  const session = fakeSession();
  t.is(inWorker(session, 'CLIENT', 'GETNAME'), '$-1\r\n');
  t.is(inWorker(session, 'CLIENT', 'SETNAME', '!worker~1'), '+OK\r\n');
  t.is(inWorker(session, 'CLIENT', 'getname'), '$9\r\n!worker~1\r\n');
  for (const name of ['a b', 'a\n', '\x7f', '\xe9']) {
    t.regex(inWorker(session, 'CLIENT', 'SETNAME', name), /^-ERR Client names cannot contain/);
  }
  t.is(inWorker(session, 'CLIENT', 'SETNAME', ''), '+OK\r\n');
  t.is(inWorker(session, 'CLIENT', 'GETNAME'), '$-1\r\n');
});

test('CLIENT SETINFO keeps the name and the version of the library', (t) => {
  const session = fakeSession();
  t.is(inWorker(session, 'CLIENT', 'SETINFO', 'LIB-NAME', 'ioredis'), '+OK\r\n');
  t.is(inWorker(session, 'CLIENT', 'SETINFO', 'lib-ver', '6.0.0'), '+OK\r\n');
  t.deepEqual([session.libraryName, session.libraryVersion], ['ioredis', '6.0.0']);
  t.is(
    inWorker(session, 'CLIENT', 'SETINFO', 'lib-foo', 'x'),
    "-ERR Unrecognized option 'lib-foo'\r\n",
  );
  t.is(
    inWorker(session, 'CLIENT', 'SETINFO', 'lib-ver', 'a b'),
    '-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n',
  );
});

test('CLIENT ID, INFO, NO-EVICT and NO-TOUCH answer in their forms', (t) => {
  const session = fakeSession();
  t.is(inWorker(session, 'CLIENT', 'ID'), ':7\r\n');
  t.is(inWorker(session, 'CLIENT', 'INFO'), '$19\r\nid=7 name= flags=N\n\r\n');
  session.protocol = 3;
  t.is(inWorker(session, 'CLIENT', 'INFO'), '=23\r\ntxt:id=7 name= flags=N\n\r\n');
  for (const name of ['NO-EVICT', 'NO-TOUCH']) {
    t.is(inWorker(session, 'CLIENT', name, 'on'), '+OK\r\n');
    t.is(inWorker(session, 'CLIENT', name, 'maybe'), SYNTAX_ERROR);
  }
});

test('HELP answers lines of text', (t) => {
  for (const container of ['CLIENT', 'CONFIG', 'COMMAND']) {
    const lines = inWorker(fakeSession(), container, 'HELP').split('\r\n').slice(1, -1);
    t.true(lines[0]?.startsWith(`+${container} <subcommand>`));
    t.true(lines.every((line) => line.startsWith('+')));
    t.is(lines.at(-1), '+    Prints this help.');
  }
});
