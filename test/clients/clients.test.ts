import test from 'ava';
import { isRedisInstalled, isSequementBuilt, startRedis, startSequement } from '../server/start.js';
import { CLIENTS, type Client, stepsOf } from './clients.js';
import { prepare, run, versionOf } from './program.js';
import { STEPS, type Step } from './scenario.js';
import { type Servers, startServers } from './servers.js';

/** Every library plays the same steps against the server and against redis-server, and sees the same. */
const canRun = isRedisInstalled() && isSequementBuilt();
// On a developer's machine a library may be missing; where it must be there, silence would hide that nothing ran.
const isRequired = process.env.CI !== undefined;
const versions = await Promise.all(CLIENTS.map((client) => versionOf(client.probe)));
let ours: Servers;
let redis: Servers;

if (canRun || isRequired) {
  test.before(async () => {
    [ours, redis] = await Promise.all([startServers(startSequement), startServers(startRedis)]);
  });
  test.after.always(async () => {
    await Promise.all([ours?.stop(), redis?.stop()]);
  });
}

for (const [i, client] of CLIENTS.entries()) {
  const version = versions[i];
  const isHere = canRun && version !== undefined;
  const each = isHere || isRequired ? test.serial : test.serial.skip;
  each(`${client.name} sees of the server what it sees of redis-server`, async (t) => {
    t.log(version);
    const command = await prepare(client.command);
    const [our, its] = await Promise.all([
      transcript(client, command, ours),
      transcript(client, command, redis),
    ]);
    t.deepEqual(our, its);
    const lines = our.split('\n');
    t.is(lines.length, stepsOf(client).length);
    for (const [at, name] of stepsOf(client).entries()) {
      const { line } = STEPS.find((step) => step.name === name) as Step;
      const expected = line === '' ? name : `${name} ${line}`;
      t.true(`${lines[at]} `.startsWith(`${expected} `), lines[at]);
    }
  });
}

/** A line for each step. */
async function transcript(
  client: Client,
  command: readonly string[],
  servers: Servers,
): Promise<string> {
  await servers.clear();
  const { status, stdout, stderr } = await run([...command, ...stepsOf(client)], {
    ...servers.environment,
    ...client.environment,
  });
  if (status !== 0) throw new Error(`${client.name} ended with ${status}: ${stdout}${stderr}`);
  // Where the password is wrong some clients name the port.
  return stdout.trimEnd().replaceAll(servers.environment.MATRIX_LOCKED_PORT ?? '', 'PORT');
}
