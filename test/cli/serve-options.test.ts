import test from 'ava';
import { joinValues } from '#dist/cli/serve-options.js';

test('values up to the next option become one word', (t) => {
  t.deepEqual(joinValues(['a.conf', '--bind', '127.0.0.1', '-::1', '--port', '7000']), [
    'a.conf',
    '--bind=127.0.0.1 -::1',
    '--port=7000',
  ]);
});

test('a directive with one value takes one word', (t) => {
  t.deepEqual(joinValues(['--port', '7000', 'a.conf']), ['--port=7000', 'a.conf']);
  t.deepEqual(joinValues(['--timeout', '-1']), ['--timeout=-1']);
  t.deepEqual(joinValues(['--requirepass', '']), ['--requirepass=']);
});

test('a directive without a value comes last', (t) => {
  t.deepEqual(joinValues(['--dir', 'a', '--port', '--bind', 'b']), ['--dir=a', '--port']);
  t.deepEqual(joinValues(['--port']), ['--port']);
});

test('what is no directive stays as it is', (t) => {
  const argv = ['get', 'a', '--host', 'b', '-v', '--port=1', '--', '--port', '2'];
  t.deepEqual(joinValues(argv), argv);
});
