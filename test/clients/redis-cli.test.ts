import { comparing, usePair } from './pair.js';
import { type Outcome, run, versionOf } from './program.js';
import { CALLS, type Call } from './redis-cli-calls.js';
import type { Servers } from './servers.js';
import { Terminal } from './terminal.js';

const scriptVersion = await versionOf(['script', '--version']);
const atBoth = usePair();
const onTerminal = comparing(scriptVersion !== undefined);

comparing()('redis-cli prints of the server what it prints of redis-server', async (t) => {
  const [our, its] = await atBoth(async (servers) => {
    const outcomes: Outcome[] = [];
    for (const call of CALLS) outcomes.push(await outcome(call, servers));
    return outcomes;
  });
  for (const [i, call] of CALLS.entries()) t.deepEqual(our[i], its[i], call.words.join(' '));
});

/** What took half a second or more has the time it took behind it. */
function withoutDelays(text: string): string {
  return text.replaceAll(/\n\(\d+\.\d\ds\)\r?(?=\n)/g, '');
}

/** At the prompt, letter for letter, with the hints that redis-cli makes of COMMAND DOCS. */
const SESSION = [
  ...[
    'INCR a',
    'incrby a 10',
    'mget a none',
    'set a',
    'get "a" ',
    'nosuch',
    '3 incr a',
    'incr "open',
  ],
  ...['set a 5 ex 100 nx', 'config get databases', 'client setname me', 'client getname'],
  ...['select 3', 'dbsize', 'select 0', 'hello 3', 'mget a none', 'config get databases'],
  ...['help incr', 'help set', 'help scan', 'help client kill', 'help nosuch', 'object help'],
];
const PROMPT = /(?:^|\n)127\.0\.0\.1:\d+(?:\[\d+\])?> /;

onTerminal('redis-cli looks on a terminal as it does with redis-server', async (t) => {
  const [our, its] = await atBoth(session);
  for (const [i, line] of SESSION.entries()) t.is(our[i], its[i], line);
});

async function session(servers: Servers): Promise<string[]> {
  const terminal = new Terminal(['redis-cli', '-p', String(servers.port)]);
  const shown: string[] = [];
  try {
    await terminal.until(PROMPT);
    for (const line of SESSION) {
      terminal.type(`${line}\r`);
      const text = withoutDelays(await terminal.until(PROMPT)).replaceAll(
        String(servers.port),
        'PORT',
      );
      // Summaries are in our own words; ids are the server's.
      shown.push(text.replace(/(?<=summary:\S* ).*|(?<="id" => \(integer\) )\d+/g, '#'));
    }
    terminal.type('quit\r');
    await terminal.over;
  } finally {
    await terminal.close();
  }
  return shown;
}

/** What goes on until somebody ends it: a command, what the others do meanwhile, and the last that is seen of it. */
const LIVE = [
  {
    words: ['SUBSCRIBE', 'news'],
    begins: /integer\) 1/,
    meanwhile: ['PUBLISH', 'news', 'hi'],
    ends: /"hi"/,
  },
  {
    words: ['-3', 'PSUBSCRIBE', 'n*'],
    begins: /integer\) 1/,
    meanwhile: ['PUBLISH', 'news', 'hi'],
    ends: /"hi"/,
  },
  { words: ['MONITOR'], begins: /OK/, meanwhile: ['INCRBY', 'seen "here"', '4'], ends: /"4"/ },
  {
    words: ['--stat', '-i', '0.01'],
    begins: /child/,
    meanwhile: ['INCR', 'a'],
    ends: /(?:\n\d[^\n]*){3}\n/,
  },
  {
    words: ['--latency-history', '-i', '0.05'],
    begins: /samples/,
    meanwhile: ['INCR', 'a'],
    ends: /range/,
  },
];

onTerminal('redis-cli shows what goes on at the server as it does at redis-server', async (t) => {
  for (const live of LIVE) {
    const [our, its] = await atBoth((servers) => watch(live, servers));
    t.deepEqual(our, its, live.words.join(' '));
  }
});

async function watch(live: (typeof LIVE)[number], servers: Servers): Promise<string[]> {
  const { words, begins, meanwhile, ends } = live;
  const redisCli = ['redis-cli', '-p', String(servers.port)];
  const terminal = new Terminal([...redisCli, ...words]);
  try {
    const first = await terminal.until(begins);
    await run([...redisCli, ...meanwhile]);
    const rest = await terminal.until(ends);
    // Times, addresses and figures of the machine; a line is drawn anew, or repeated, as often as there is time for it.
    const text = (first + rest).replaceAll(/\d[\d.:KMG]*\s*/g, '# ').replaceAll('\x1b', '\n');
    return [...new Set(text.split('\n').map((line) => line.trim()))];
  } finally {
    await terminal.close();
  }
}

onTerminal('redis-cli asks for the password', async (t) => {
  const [our, its] = await atBoth(async ({ lockedPort }) => {
    const words = ['-p', String(lockedPort), '--askpass', 'INCR', 'asked'];
    const terminal = new Terminal(['redis-cli', ...words]);
    try {
      const first = await terminal.until(/password: /);
      terminal.type('sesame\r');
      return first + (await terminal.until(/integer\) 1/));
    } finally {
      await terminal.close();
    }
  });
  t.is(our, its);
});

async function outcome(call: Call, servers: Servers): Promise<Outcome> {
  const { environment } = servers;
  const words = call.words.map((word) =>
    word.replace(/\$([A-Z_]+)/, (_, name) => environment[`MATRIX_${name}`] ?? ''),
  );
  const { status, stdout, stderr } = await run(
    ['redis-cli', '-p', String(servers.port), ...words],
    call.environment,
    call.input,
  );
  const hidden = (text: string) => {
    const known = servers.withoutPorts(withoutDelays(text));
    const shown = call.hides === undefined ? known : known.replaceAll(call.hides, '#');
    return call.isSet ? shown.split('\n').sort().join('\n') : shown;
  };
  return { status, stdout: hidden(stdout), stderr: hidden(stderr) };
}
