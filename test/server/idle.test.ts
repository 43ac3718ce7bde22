import test from 'ava';
import { ByteClient } from './byte-client.js';
import { startSequement } from './start.js';

test('a silent client is disconnected, and one that waits for something is not', async (t) => {
  const server = await startSequement({ arguments: ['--timeout', '1'] });
  const connect = () => ByteClient.connect(server.port);
  const [subscriber, watcher, waiting, silent] = await Promise.all([
    connect(),
    connect(),
    connect(),
    connect(),
  ]);
  await subscriber.ask('SUBSCRIBE', 'x');
  await watcher.ask('MONITOR');
  waiting.send(['WAIT', '1', '6000']);
  await silent.ask('PING');
  await silent.closed;
  t.is(await subscriber.ask('PING'), '*2\r\n$4\r\npong\r\n$0\r\n\r\n');
  t.is(await waiting.until('\r\n'), ':0\r\n');
  watcher.send(['QUIT']);
  await watcher.until('+OK');
  await Promise.all([subscriber, watcher, waiting].map((each) => each.close()));
  await server.stop();
});
