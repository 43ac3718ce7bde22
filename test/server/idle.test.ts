import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { ByteClient } from './byte-client.js';
import { startSequement } from './start.js';

test('a silent client is disconnected, and one that speaks or waits for something is not', async (t) => {
  const server = await startSequement({ arguments: ['--timeout', '3'] });
  const connect = () => ByteClient.connect(server.port);
  const [subscriber, watcher, waiting, silent, speaking] = await Promise.all([
    connect(),
    connect(),
    connect(),
    connect(),
    connect(),
  ]);
  await subscriber.ask('SUBSCRIBE', 'x');
  await watcher.ask('MONITOR');
  waiting.send(['WAIT', '1', '8000']);
  await silent.ask('PING');
  let isOver = false;
  const gone = silent.untilClosed();
  const over = () => {
    isOver = true;
  };
  gone.then(over, over);
  while (!isOver) {
    await speaking.ask('PING');
    await delay(100);
  }
  await gone;
  t.is(await speaking.ask('PING'), '+PONG\r\n');
  t.is(await subscriber.ask('PING'), '*2\r\n$4\r\npong\r\n$0\r\n\r\n');
  t.is(await waiting.until('\r\n'), ':0\r\n');
  watcher.send(['QUIT']);
  await watcher.until('+OK');
  await Promise.all([subscriber, watcher, waiting, speaking].map((each) => each.close()));
  await server.stop();
});
