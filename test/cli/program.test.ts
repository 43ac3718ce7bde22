import test from 'ava';
import { type Acts, createProgram } from '#dist/cli/program.js';
import { joinValues } from '#dist/cli/serve-options.js';
import { joinUsers } from '#dist/cli/user-options.js';
import { writeFiles } from '../config/files.js';

/** Parses a command line and gives what it sets going, with its arguments. */
async function parse(...argv: readonly string[]): Promise<readonly unknown[]> {
  const calls: unknown[][] = [];
  let status: number | undefined;
  const act =
    (name: string) =>
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return Promise.resolve(7);
    };
  const acts: Acts = {
    serve: act('serve'),
    check: act('check'),
    backup: act('backup'),
    restore: act('restore'),
    next: act('next'),
    get: act('get'),
    list: act('list'),
    info: act('info'),
    bench: act('bench'),
  };
  const program = createProgram(acts, (result) => {
    status = result;
  });
  const subcommands = program.commands.map((command) => command.name());
  await program.parseAsync(joinValues(joinUsers(argv, subcommands)), { from: 'user' });
  if (calls.length !== 1 || status !== 7) throw new Error('not one act with its status');
  return calls[0] ?? [];
}

test('no subcommand serves, with flags over the file', async (t) => {
  const dir = writeFiles(t, { 'a.conf': 'port 7001\ntimeout 5\n' });
  const argv = [`${dir}a.conf`, '--port', '7000', '--port', '7002', '--bind', 'a', '-b'];
  const [name, options] = await parse(...argv);
  t.is(name, 'serve');
  t.like(options, {
    configFile: `${dir}a.conf`,
    config: { port: 7002, timeout: 5, bind: ['a', '-b'] },
  });
});

test('a reload reads the file anew and keeps the flags', async (t) => {
  const dir = writeFiles(t, { 'a.conf': 'port 7001\ntimeout 5\n' });
  const [, options] = await parse(`${dir}a.conf`, '--port', '7000');
  const { reload } = options as { reload: () => unknown };
  t.like(reload(), { port: 7000, timeout: 5 });
});

test('users of the command line come behind those of the file, and take all words up to the next option', async (t) => {
  const dir = writeFiles(t, { 'a.conf': 'user alice on\n' });
  const file = `${dir}a.conf`;
  const rules = ['bob', 'on', '>a "b', '~ä*', '--port', '7000', '--user', 'carol'];
  const [, options] = await parse(file, '--user', ...rules);
  t.like(options, { configFile: file, config: { port: 7000 } });
  const { users } = options as { users: () => { words: string[] }[] };
  t.deepEqual(
    users().map(({ words }) => words),
    [['alice', 'on'], ['bob', 'on', '>a "b', '~\xc3\xa4*'], ['carol']],
  );
  t.deepEqual(await parse('get', '--user', 'bob', 'a'), ['get', { user: 'bob' }, 'a']);
  await t.throwsAsync(parse('--user', 'bob', '--port', '1', 'get', 'a'), {
    message: "--port is an option of the server; those of get come after 'get'",
  });
});

test('without a file the defaults are served', async (t) => {
  t.like((await parse())[1], { configFile: '', config: { port: 6379 } });
});

test('subcommands get their arguments and options', async (t) => {
  t.deepEqual(await parse('check', 'data'), ['check', 'data', { fix: false }]);
  t.deepEqual(await parse('check', 'data', '--fix'), ['check', 'data', { fix: true }]);
  t.deepEqual(await parse('check', 'data', '--fix', '--advance', '9223372036854775807'), [
    'check',
    'data',
    { fix: true, advance: 9223372036854775807n },
  ]);
  t.deepEqual(await parse('backup', 'data', 'b'), ['backup', 'data', 'b', { force: false }]);
  t.deepEqual(await parse('restore', 'b', 'data', '--advance', '1000', '--gauges', 'lower'), [
    'restore',
    'b',
    'data',
    { force: false, nothingWasServedSince: false, advance: 1000, gauges: 'lower' },
  ]);
  t.deepEqual((await parse('next', 'a', '--count', '3')).slice(2), ['a', '3']);
  t.deepEqual((await parse('next', 'a')).slice(2), ['a', undefined]);
  t.deepEqual(await parse('get', 'a', '--port', '7000'), ['get', { port: 7000 }, 'a']);
  t.deepEqual(await parse('list'), ['list', {}, undefined]);
  t.deepEqual(await parse('info', 'server', '--host', 'b'), ['info', { host: 'b' }, 'server']);
});
