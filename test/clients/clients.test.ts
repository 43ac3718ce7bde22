import { CLIENTS, stepsOf } from './clients.js';
import { COUNTING } from './counting.js';
import { comparing, usePair } from './pair.js';
import { prepare, transcript, versionOf } from './program.js';
import { STEPS, type Step } from './scenario.js';
import { isOpensslInstalled } from './servers.js';

const versions = new Map(
  await Promise.all(
    [...CLIENTS, ...COUNTING].map(async (each) => [each, await versionOf(each.probe)] as const),
  ),
);
const atBoth = usePair();

for (const client of CLIENTS) {
  const version = versions.get(client);
  const each = comparing(version !== undefined);
  each(`${client.name} sees of the server what it sees of redis-server`, async (t) => {
    t.log(version);
    const steps = stepsOf(client).filter((name) => name !== 'tls' || isOpensslInstalled);
    const command = await prepare(client.command);
    const [our, its] = await atBoth(async (servers) => {
      const text = await transcript(client, command, steps, servers.environment);
      // Where the password is wrong some clients name the port.
      return servers.withoutPorts(text);
    });
    t.deepEqual(our, its);
    const lines = our.split('\n');
    t.is(lines.length, steps.length);
    for (const [i, name] of steps.entries()) {
      const { line } = STEPS.find((step) => step.name === name) as Step;
      const expected = line === '' ? name : `${name} ${line}`;
      t.true(`${lines[i]} `.startsWith(`${expected} `), lines[i]);
    }
  });
}

for (const counting of COUNTING) {
  const version = versions.get(counting);
  const each = comparing(version !== undefined);
  each(`${counting.name} counts as with redis-server`, async (t) => {
    t.log(version);
    const steps = Object.keys(counting.steps);
    const command = await prepare(counting.command);
    const [our, its] = await atBoth(({ environment }) =>
      transcript(counting, command, steps, environment),
    );
    t.deepEqual(our, its);
    t.deepEqual(
      our.split('\n').map((line) => line.split(' ')[0]),
      steps,
    );
  });
}
