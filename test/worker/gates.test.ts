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
