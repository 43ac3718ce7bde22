import { CLIENTS, type Client, stepsOf } from './clients.js';
import { comparing, usePair } from './pair.js';
import { prepare, run, versionOf } from './program.js';
import { STEPS, type Step } from './scenario.js';
import type { Servers } from './servers.js';

/** Every library plays the same steps against the server and against redis-server, and sees the same. */
const versions = await Promise.all(CLIENTS.map((client) => versionOf(client.probe)));
const atBoth = usePair();

for (const [i, client] of CLIENTS.entries()) {
  const version = versions[i];
  comparing(version !== undefined)(
    `${client.name} sees of the server what it sees of redis-server`,
    async (t) => {
      t.log(version);
      const command = await prepare(client.command);
      const [our, its] = await atBoth((servers) => transcript(client, command, servers));
      t.deepEqual(our, its);
      const lines = our.split('\n');
      t.is(lines.length, stepsOf(client).length);
      for (const [at, name] of stepsOf(client).entries()) {
        const { line } = STEPS.find((step) => step.name === name) as Step;
        const expected = line === '' ? name : `${name} ${line}`;
        t.true(`${lines[at]} `.startsWith(`${expected} `), lines[at]);
      }
    },
  );
}

/** A line for each step. */
async function transcript(
  client: Client,
  command: readonly string[],
  servers: Servers,
): Promise<string> {
  const { status, stdout, stderr } = await run([...command, ...stepsOf(client)], {
    ...servers.environment,
    ...client.environment,
  });
  if (status !== 0) throw new Error(`${client.name} ended with ${status}: ${stdout}${stderr}`);
  // Where the password is wrong some clients name the port.
  return servers.withoutPorts(stdout.trimEnd());
}
