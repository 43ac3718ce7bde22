import test from 'ava';
import { allCommands } from '#dist/commands/table.js';
import { Bench } from './executor-bench.js';

/** Each changes something of x, y and a z that expires; there is no n. Takes are elsewhere (executor.test.ts). */
const CHANGES = `
INCRBYFLOAT x 2|INCREX x|SET x 8|SET n 8|SETNX n 8|SETEX x 100 8|PSETEX x 100000 8|GETSET x 8|GETDEL x|GETEX x EX 100|GETEX z PERSIST
MSET x 8 n 9|MSETNX n 8 m 9|DEL x|UNLINK x|EXPIRE x 100|PEXPIRE x 100000|EXPIREAT x 9999999999|PEXPIREAT x 9999999999999|EXPIRE x -1
PERSIST z|RENAME x n|RENAMENX x n|COPY x n|COPY x y REPLACE|COPY x x DB 1|MOVE x 1|SWAPDB 0 1|FLUSHDB|FLUSHALL`;
const LINES = CHANGES.trim().split(/[|\n]/);

function bench(): Bench {
  const made = new Bench();
  for (const words of ['SET x 7', 'SET y 7', 'SET z 7 EX 1000']) made.command(...words.split(' '));
  made.settle();
  return made;
}

for (const line of LINES) {
  test(`${line} is answered when it is durable`, (t) => {
    const made = bench();
    t.deepEqual(made.command(...line.split(' ')), []);
    const [reply = ''] = made.settle();
    t.regex(reply, /^4 last [^-]/);
  });

  test(`${line} is refused when the log has failed`, (t) => {
    const made = bench();
    made.fail();
    t.regex(made.command(...line.split(' ')).join(), /^4 last -MISCONF .*disk full/);
  });
}

test('every command that changes sequences is among them', (t) => {
  const tried = new Set(LINES.map((line) => line.split(' ')[0]));
  const changing = allCommands().filter(
    ({ runs, flags }) => runs === 'master' && flags.includes('write'),
  );
  const missing = changing.filter(({ name }) => !tried.has(name.toUpperCase()));
  t.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});
