import { breaking } from '../mutant.js';

/** What transactions rely on. */
export const transactions = [
  ...breaking(1, [
    {
      name: 'the answer to a transaction does not wait for the disk',
      file: 'src/master/transactions.ts',
      search: 'if (this.#lsn > this.#log.settledLsn) {',
      replacement: 'if (this.#lsn > this.#log.openLsn) {',
      tests: ['server/transactions'],
      title: 'a transaction whose entries do not reach the disk has changed nothing',
    },
  ]),
  ...breaking(5, [
    {
      name: 'a watched sequence is lent',
      file: 'src/master/holds.ts',
      search: 'if (this.#allocator.isWatched(database, table, ref)) return;',
      replacement: '',
      tests: ['server/transactions'],
      title:
        'a watched sequence that was lent comes back first, and is not lent while it is watched',
    },
    {
      name: 'a transaction takes from what is lent',
      file: 'src/master/executor.ts',
      search: "if (command.runs === 'transaction' && command.act === 'execute') {",
      replacement: "if (command.runs === 'transaction' && command.act === 'begin') {",
      tests: ['server/transactions'],
      title: 'a sequence that the transaction touches is taken from its holder',
    },
  ]),
  ...breaking(1, [
    {
      name: 'the answer to a script does not wait for the disk',
      file: 'src/master/scripts.ts',
      search: 'lsn = run.waitLsn;',
      replacement: 'lsn = 0;',
      tests: ['server/scripts'],
      title: 'a script whose entries do not reach the disk is answered with an error',
    },
  ]),
  ...breaking(5, [
    {
      name: 'a script takes from what is lent',
      file: 'src/master/executor.ts',
      search: "if (command.runs === 'script') return this.#holds.all();",
      replacement: '',
      tests: ['server/scripts'],
      title: 'a script is executed in one piece, with what is lent to others',
    },
  ]),
  ...breaking(9, [
    {
      name: 'a take does not touch who watches',
      file: 'src/master/allocator.ts',
      search: 'this.#sequences.touch(table, bytes, start, end);',
      replacement: '',
      tests: ['server/transactions'],
      title: 'whatever another worker does to a watched sequence makes EXEC answer nil',
    },
    {
      name: 'a name that appears by SWAPDB touches nobody',
      file: 'src/master/watches.ts',
      search: 'if (!hadIt && !getsIt) continue;',
      replacement: 'if (!hadIt) continue;',
      tests: ['master/watches'],
    },
  ]),
];
