import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../cli/run.js';
import { ByteClient } from './byte-client.js';
import { isRedisInstalled, startRedis, startSequement, temporaryDirectory } from './start.js';

const runWithRedis = isRedisInstalled() || process.env.CI !== undefined ? test : test.skip;

function conf(text: string): string {
  const file = join(temporaryDirectory(), 'a.conf');
  writeFileSync(file, text);
  return file;
}

runWithRedis('renamed and disabled commands answer as in Redis', async (t) => {
  const file = conf(
    ['config Cfg', 'FLUSHALL ""', 'incr "next one"', 'get set-not', 'set get', 'dbsize dbsize']
      .map((line) => `rename-command ${line}\n`)
      .join(''),
  );
  const said: string[][] = [];
  for (const start of [startSequement, startRedis]) {
    const server = await start({ configFile: file });
    const client = await ByteClient.connect(server.port);
    const answers: string[] = [];
    for (const words of [
      ...[
        ['CONFIG', 'GET', 'port'],
        ['CFG', 'SET', 'timeout', '5'],
        ['cfg', 'get', 'timeout'],
      ],
      ...[['cfg', 'nosuch'], ['CFG', 'SET'], ['cfg'], ['FLUSHALL'], ['flushall', 'x']],
      ...[['incr', 'a'], ['NEXT ONE', 'a'], ['next one'], ['GET', 'a', '7'], ['get', 'a']],
      ...[['set-not', 'a'], ['SET', 'a', '1'], ['DBSIZE'], ['COMMAND', 'INFO', 'flushall']],
      ...[
        ['COMMAND', 'INFO', 'Next One', 'incr', 'get', 'set'],
        ['COMMAND', 'INFO', 'cfg|GET', 'config|get'],
        ['COMMAND', 'GETKEYS', 'next one', 'a'],
        ['COMMAND', 'GETKEYS', 'incr', 'a'],
        ['COMMAND', 'GETKEYSANDFLAGS', 'GET', 'a', '1'],
      ],
      ...[
        ['ACL', 'SETUSER', 'u', 'on', 'nopass', '-@all', '+incr', '+ping', '~*'],
        ['AUTH', 'u', 'x'],
      ],
      ...[['NEXT ONE', 'a'], ['GET', 'a', '1'], ['FLUSHALL']],
    ]) {
      answers.push(`${words.join(' ')}: ${await client.ask(...words)}`);
    }
    said.push(answers.map((each) => each.replace(String(server.port), 'port')));
    await client.close();
    await server.stop();
  }
  t.deepEqual(said[0], said[1]);
});

test('a rename of what there is not, or to what there is, is refused by name and line', async (t) => {
  for (const [line, message] of [
    ['nosuch x', "rename-command: there is no command 'nosuch'"],
    ['get incr', "rename-command: there is a command 'incr' already"],
    ['get', 'rename-command takes a command and its new name, or "" to disable it'],
  ] as const) {
    const file = conf(`# first\nrename-command ${line}\n`);
    const outcome = await run([
      file,
      '--dir',
      temporaryDirectory(),
      '--port',
      '0',
      '--unixsocket',
      '/nowhere/x',
    ]);
    t.deepEqual(outcome, { status: 1, stdout: '', stderr: `sequement: ${file}:2: ${message}\n` });
  }
});
