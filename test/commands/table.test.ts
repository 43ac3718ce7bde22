import test from 'ava';
import {
  allCommands,
  commandAt,
  findCommand,
  keysOf,
  resolve,
  tableEntries,
} from '#dist/commands/table.js';
import { request } from './fakes.js';

function find(name: string): string | undefined {
  const bytes = Buffer.from(`x${name}x`, 'latin1');
  return findCommand(bytes, 1, bytes.length - 1)?.name;
}

function resolved(...words: string[]): string {
  const command = resolve(request(...words));
  return typeof command === 'string' ? command : command.name;
}

test('every name is found in lower, upper and mixed case', (t) => {
  for (const { name } of tableEntries()) {
    t.is(find(name), name);
    t.is(find(name.toUpperCase()), name);
    t.is(find(name.replace(/[a-z]/g, (c, i) => (i % 2 ? c : c.toUpperCase()))), name);
    t.is(find(name.replace(/[a-z]/g, (c, i) => (i % 2 ? c.toUpperCase() : c))), name);
  }
});

test('a name that differs in any byte is not found', (t) => {
  const names = new Set(tableEntries().map((entry) => entry.name));
  for (const name of names) {
    t.is(find(`${name}x`), undefined);
    for (let i = 0; i < name.length; i++) {
      for (let byte = 0; byte < 256; byte++) {
        const other = name.slice(0, i) + String.fromCharCode(byte) + name.slice(i + 1);
        const isName = /^[\x20-\x7e]+$/.test(other) && names.has(other.toLowerCase());
        t.is(find(other), isName ? other.toLowerCase() : undefined);
      }
    }
  }
  t.is(find(''), undefined);
});

test('a subcommand is found within its container', (t) => {
  t.is(resolved('CLIENT', 'id'), 'client|id');
  t.is(resolved('config', 'GET', 'x'), 'config|get');
  t.is(resolved('Command', 'Docs'), 'command|docs');
});

test('a container without a subcommand is what it is alone, or an arity error', (t) => {
  t.is(resolved('COMMAND'), 'command');
  t.is(resolved('CLIENT'), "ERR wrong number of arguments for 'client' command");
  t.is(resolved('CONFIG'), "ERR wrong number of arguments for 'config' command");
});

test('the number of arguments is checked, exact or at least', (t) => {
  t.is(resolved('GET'), "ERR wrong number of arguments for 'get' command");
  t.is(resolved('get', 'a', 'b'), "ERR wrong number of arguments for 'get' command");
  t.is(resolved('GET', 'a'), 'get');
  t.is(resolved('CONFIG', 'SET', 'a'), "ERR wrong number of arguments for 'config|set' command");
  t.is(resolved('MGET', 'a', 'b', 'c'), 'mget');
});

test('an unknown command is quoted with its arguments, as far as 128 bytes', (t) => {
  t.is(
    resolved('NOSUCH', 'a', 'b'),
    "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ",
  );
  t.is(resolved('nosuch'), "ERR unknown command 'nosuch', with args beginning with: ");
  t.is(resolved('no\0such', 'a\0b'), "ERR unknown command 'no', with args beginning with: 'a' ");
  const long = 'x'.repeat(200);
  t.is(
    resolved(long, long, 'more'),
    `ERR unknown command '${'x'.repeat(128)}', with args beginning with: '${'x'.repeat(128)}' `,
  );
});

test('an unknown subcommand is quoted as typed', (t) => {
  t.is(resolved('config', 'FOO'), "ERR unknown subcommand 'FOO'. Try CONFIG HELP.");
  t.is(resolved('Client', 'fo\0o'), "ERR unknown subcommand 'fo'. Try CLIENT HELP.");
});

test('what a browser sends is to be closed without a word', (t) => {
  t.is(resolved('POST', '/', 'HTTP/1.1'), '');
  t.is(resolved('Host:', 'localhost'), '');
});

test('a command is named by its index', (t) => {
  const commands = allCommands();
  for (const [index, command] of commands.entries()) {
    t.is(command.index, index);
    t.is(commandAt(index), command);
  }
  t.is(new Set(commands.map((command) => command.name)).size, commands.length);
  t.throws(() => commandAt(commands.length));
});

test('keys are found by their positions', (t) => {
  const keys = (...words: string[]) => {
    const asked = request(...words);
    const command = resolve(asked);
    return typeof command === 'string' ? command : keysOf(command, asked);
  };
  t.deepEqual(keys('GET', 'a'), [1]);
  t.deepEqual(keys('MGET', 'a', 'b'), [1, 2]);
  t.deepEqual(keys('MSET', 'a', '1', 'b', '2'), [1, 3]);
  t.deepEqual(keys('PING'), []);
  t.deepEqual(keys('EVAL', 'return 1', '2', 'a', 'b', 'c'), [3, 4]);
  t.deepEqual(keys('EVAL', 'return 1', '9', 'a'), []);
});

test('only AUTH, HELLO, QUIT and RESET may run before AUTH', (t) => {
  const allowed = allCommands().filter((command) => command.flags.includes('no_auth'));
  t.deepEqual(allowed.map((command) => command.name).sort(), ['auth', 'hello', 'quit', 'reset']);
});

test('a take has its sequence as its only key', (t) => {
  for (const command of allCommands()) {
    if (command.runs === 'take') t.deepEqual(command.keys, [1, 1, 1], command.name);
  }
});
