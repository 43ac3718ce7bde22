import test from 'ava';
import { Mark } from '#dist/worker/gate.js';
import { FakeConnection, ModelWorker } from './model-worker.js';

for (const [when, changes, refusal] of [
  ['while the log loads', { server: { isLoading: true } }, /^-LOADING /],
  [
    'before the client has authenticated',
    { marks: Mark.restricted, mustAuthenticate: true },
    /^-NOAUTH /,
  ],
] as const) {
  test(`nothing that needs a sequence reaches the master ${when}`, (t) => {
    const worker = new ModelWorker(() => 0);
    for (const words of [['INCR', 'a'], ['GET', 'a'], ['DEL', 'a'], ['DBSIZE']]) {
      const client = new FakeConnection();
      Object.assign(client, changes);
      worker.send(client, words, () => {});
      t.true(worker.combiner.isEmpty, words[0]);
      t.regex(client.written.view().toString(), refusal);
    }
  });
}

test('until Lua is there a script waits with what stands behind it, and nobody else does', (t) => {
  const worker = new ModelWorker(() => 0);
  let wanted = 0;
  worker.gate.onScript = () => {
    wanted++;
  };
  const [first, second, other] = [1, 2, 3].map(() => new FakeConnection()) as FakeConnection[];
  const turn = () => {
    worker.endTurn();
    worker.deliverAll();
  };
  const sees = (client: FakeConnection | undefined, text: string) =>
    t.is(client?.written.view().toString(), text);
  for (const client of [first, second]) {
    worker.send(client as FakeConnection, ['INCR', 'a'], () => {});
    worker.send(client as FakeConnection, ['EVAL', 'return 1', '0'], () => {});
    worker.send(client as FakeConnection, ['INCR', 'a'], () => {});
  }
  worker.send(other as FakeConnection, ['INCR', 'a'], () => {});
  turn();
  sees(first, ':1\r\n');
  sees(second, ':2\r\n');
  sees(other, ':3\r\n');
  t.is(wanted, 1);
  worker.gate.runScripts();
  turn();
  sees(first, ':1\r\n$6\r\nscript\r\n:4\r\n');
  sees(second, ':2\r\n$6\r\nscript\r\n:5\r\n');
  worker.send(other as FakeConnection, ['EVAL', 'return 1', '0'], () => {});
  turn();
  sees(other, ':3\r\n$6\r\nscript\r\n');
  t.is(wanted, 1);
  t.is(worker.statistics.commands().eval?.calls, 3);
});
