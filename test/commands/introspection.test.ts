import test from 'ava';
import { allCommands, tableEntries } from '#dist/commands/table.js';
import { parseReplies, type Reply } from '../server/differential/wire.js';
import { fakeSession, inWorker } from './fakes.js';

function ask(protocol: 2 | 3, ...words: string[]): Reply {
  const session = { ...fakeSession(), protocol };
  const [reply] = parseReplies(Buffer.from(inWorker(session, ...words), 'latin1'));
  if (reply === undefined) throw new Error('no reply');
  return reply;
}

/** A map's pairs. */
function pairs(reply: Reply): [string, Reply][] {
  const found: [string, Reply][] = [];
  for (let i = 0; i + 1 < reply.parts.length; i += 2) {
    const [name, value] = [reply.parts[i], reply.parts[i + 1]];
    if (name !== undefined && value !== undefined) found.push([name.text, value]);
  }
  return found;
}

test('COMMAND and COMMAND INFO describe every command in ten elements', (t) => {
  for (const reply of [ask(2, 'COMMAND'), ask(2, 'COMMAND', 'INFO')]) {
    t.deepEqual(
      reply.parts.map((command) => command.parts[0]?.text),
      tableEntries().map((entry) => entry.name),
    );
    t.true(reply.parts.every((command) => command.parts.length === 10));
  }
  t.is(ask(2, 'COMMAND', 'COUNT').text, String(tableEntries().length));
});

test('COMMAND INFO answers nil for what there is not, and finds subcommands by their full names', (t) => {
  const reply = ask(3, 'COMMAND', 'INFO', 'nosuch', 'CONFIG|SET', 'config|nosuch', 'get|x');
  t.deepEqual(
    reply.parts.map((part) => part.parts[0]?.text ?? part.type),
    ['_', 'config|set', '_', '_'],
  );
});

test('COMMAND DOCS has a summary, a version, a group and a complexity for every command', (t) => {
  const reply = ask(3, 'COMMAND', 'DOCS');
  t.is(reply.type, '%');
  const described = pairs(reply);
  t.deepEqual(
    described.map(([name]) => name),
    tableEntries().map((entry) => entry.name),
  );
  let count = 0;
  const check = ([name, docs]: [string, Reply]) => {
    const fields = new Map(pairs(docs));
    for (const field of ['summary', 'since', 'group', 'complexity']) {
      t.truthy(fields.get(field)?.text, `${name} ${field}`);
    }
    const subcommands = fields.get('subcommands');
    if (subcommands === undefined) count++;
    else for (const pair of pairs(subcommands)) check(pair);
  };
  for (const pair of described) check(pair);
  // COMMAND is both a command and a container.
  t.is(count, allCommands().length - 1);
});

test('COMMAND DOCS says where a key is, and nests arguments', (t) => {
  const [set] = pairs(ask(3, 'COMMAND', 'DOCS', 'nosuch', 'SET'));
  t.is(set?.[0], 'set');
  const documented = new Map(pairs(set?.[1] ?? ask(3, 'COMMAND'))).get('arguments')?.parts ?? [];
  t.deepEqual(
    documented.map((argument) => new Map(pairs(argument)).get('name')?.text),
    ['key', 'value', 'condition', 'get', 'expiration'],
  );
  const [key, , condition] = documented.map((argument) => new Map(pairs(argument)));
  t.is(key?.get('key_spec_index')?.text, '0');
  t.deepEqual(
    condition?.get('flags')?.parts.map((flag) => flag.text),
    ['optional'],
  );
  t.deepEqual(
    condition?.get('arguments')?.parts.map((nested) => new Map(pairs(nested)).get('token')?.text),
    ['NX', 'XX'],
  );
});

test('COMMAND LIST filters by category and by pattern', (t) => {
  const names = (...words: string[]) =>
    ask(2, 'COMMAND', 'LIST', ...words).parts.map((p) => p.text);
  t.deepEqual(
    names(),
    tableEntries().flatMap((entry) => [
      entry.name,
      ...(entry.runs === 'container' ? entry.subcommands.map((command) => command.name) : []),
    ]),
  );
  t.deepEqual(names('FILTERBY', 'PATTERN', 'DECR*'), ['decr', 'decrby']);
  t.true(names('filterby', 'aclcat', 'Sequence').includes('seq.next'));
  t.true(names('FILTERBY', 'PATTERN', 'config|*').includes('config|set'));
  t.deepEqual(names('FILTERBY', 'MODULE', 'x'), []);
  t.is(ask(2, 'COMMAND', 'LIST', 'FILTERBY', 'FOO', 'x').text, 'ERR syntax error');
});

test('COMMAND GETKEYS finds the keys of a whole command', (t) => {
  const keys = (...words: string[]) => {
    const reply = ask(2, 'COMMAND', 'GETKEYS', ...words);
    return reply.type === '-' ? reply.text : reply.parts.map((part) => part.text);
  };
  t.deepEqual(keys('MSET', 'a', '1', 'b', '2'), ['a', 'b']);
  t.deepEqual(keys('seq.next', 'a'), ['a']);
  t.is(keys('NOSUCH', 'a'), 'ERR Invalid command specified');
  t.is(keys('CONFIG', 'NOSUCH'), 'ERR Invalid command specified');
  t.is(keys('CONFIG', 'GET', 'x'), 'ERR The command has no key arguments');
  t.is(keys('SET', 'a'), 'ERR Invalid number of arguments specified for command');
});

test('COMMAND GETKEYSANDFLAGS tells a SET that reads from one that does not', (t) => {
  const flags = (...words: string[]) =>
    ask(2, 'COMMAND', 'GETKEYSANDFLAGS', ...words).parts[0]?.parts[1]?.parts.map((p) => p.text);
  t.deepEqual(flags('SET', 'a', '1'), ['OW', 'update']);
  t.deepEqual(flags('SET', 'a', '1', 'NX', 'get'), ['RW', 'access', 'update']);
  t.deepEqual(flags('DEL', 'a'), ['RM', 'delete']);
});
