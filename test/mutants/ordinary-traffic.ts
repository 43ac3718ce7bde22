import { isDeepStrictEqual } from 'node:util';
import { answered } from '../server/answers.js';
import { type Answer, RawClient } from '../server/raw-client.js';
import { startSequement } from '../server/start.js';

/** What any server does, one command after the other. A mutant that can't is no small change, and its tests failing would show little. */
const TRAFFIC: readonly (readonly [string, Answer])[] = [
  ['PING', 'PONG'],
  ['INCR a', '1'],
  ['INCR a', '2'],
  ['INCRBY a 10', '12'],
  ['GET a', '12'],
  ['SEQ.NEXT a', '13'],
  ['SET b 5', 'OK'],
  ['GET b', '5'],
  ['DECR b', '4'],
  ['EXPIRE b 100', '1'],
  ['PERSIST b', '1'],
  ['MGET a b', ['13', '4']],
  ['DEL a', '1'],
  ['EXISTS a', '0'],
  ['MULTI', 'OK'],
  ['INCR c', 'QUEUED'],
  ['EXEC', ['1']],
];

const server = await startSequement();
try {
  const client = await RawClient.connect(server.port);
  for (const [command, wanted] of TRAFFIC) {
    const answer = await answered(client, ...command.split(' '));
    if (!isDeepStrictEqual(answer, wanted)) {
      throw new Error(`${command} is answered ${String(answer)}, not ${String(wanted)}`);
    }
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
// Whatever of the server lives on then is ended with our group.
process.exit();
