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
  ...breaking(2, [
    {
      name: 'what is answered waits behind a transaction',
      file: 'src/master/held-replies.ts',
      search: "this.#push({ kind: 'transaction', lsn, answer });",
      replacement: "this.#held.push({ kind: 'transaction', lsn, answer });",
      tests: ['master/held-replies'],
    },
  ]),
  ...breaking(5, [
    {
      name: 'a watched sequence is lent',
      file: 'src/master/holds.ts',
      search: 'if (this.#allocator.mustBeSeen(database, table, ref)) return;',
      replacement: '',
      tests: ['master/holds'],
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
      name: 'a change of a value does not touch who watches',
      file: 'src/master/sequences.ts',
      search: 'if (this.watches.size > 0) this.touch(table, bytes, start, end);',
      replacement: '',
      tests: ['server/transactions'],
      title: 'whatever another worker does to a watched sequence makes EXEC answer nil',
    },
    {
      name: 'a deadline that passes touches nobody',
      file: 'src/master/watches.ts',
      search: 'return client.isTouched || client.watches.some(isOver);',
      replacement: 'return client.isTouched && !client.watches.some(isOver);',
      tests: ['master/watches'],
    },
    {
      name: 'what had expired before it was watched touches who watches',
      file: 'src/master/watches.ts',
      search: 'if (!watch.wasOver) this.#touch(watch.client);',
      replacement: 'if (watch.wasOver || !watch.wasOver) this.#touch(watch.client);',
      tests: ['master/watches'],
    },
    {
      name: 'what had expired before it was watched is told when the log is not loaded',
      file: 'src/master/watches.ts',
      search: 'watch.wasOver = this.#sequences.isOver(database, name, sinceMs);',
      replacement: '',
      tests: ['master/watches'],
    },
    {
      name: 'an EXEC that did nothing goes on watching',
      file: 'src/master/transactions.ts',
      search: 'watches.forget(client);',
      replacement: '',
      tests: ['server/transactions'],
    },
    {
      name: 'a log that fails touches nobody',
      file: 'src/master/log-keeper.ts',
      search: 'this.#sequences.watches.touchAll();',
      replacement: '',
      tests: ['master/log-keeper'],
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
