import test from 'ava';
import { CommandError } from '#dist/commands/command.js';
import type { ServerControl } from '#dist/commands/server-control.js';
import { resolve } from '#dist/commands/table.js';
import { configSet, createConfig } from '#dist/config/config.js';
import { Latency } from '#dist/master/latency.js';
import { SlowLog } from '#dist/master/slow-log.js';
import { Subscribers } from '#dist/master/subscribers.js';
import { fakeFacts } from './fake-facts.js';
import { fakeUsers } from './fake-users.js';
import { replyOf, request } from './fakes.js';

interface FakeServer extends ServerControl {
  isCompacting: boolean;
  stopped: 'now' | 'gracefully' | undefined;
  resets: number;
  compactions: number;
}

function fakeServer(): FakeServer {
  const server = {
    config: createConfig(undefined),
    channels: new Subscribers(),
    users: fakeUsers(),
    scripts: {
      begin: (then: () => void) => then(),
      mayCallAll: false,
      load: () => '',
      has: () => false,
      flush: () => {},
      kill: () => {},
    },
    isBusy: false,
    slowLog: new SlowLog(),
    latency: new Latency(),
    isCompacting: false,
    lastSaveSeconds: 1700000000,
    stopped: undefined as FakeServer['stopped'],
    resets: 0,
    compactions: 0,
    facts: async () => fakeFacts(),
    clientLines: async () => ['id=3 name=a flags=N', 'id=4 name=b flags=P'],
    killClients: async () => 2,
    pauseClients: async () => {},
    watchCommands: async () => {},
    blockClient: async () => {},
    unblockClient: (id: string) => id === '9',
    setConfig(pairs: readonly (readonly [string, string])[], done: (error?: string) => void) {
      const config = configSet(server.config, pairs);
      if (typeof config === 'string') done(config);
      else {
        server.config = config;
        done();
      }
    },
    async compact() {
      server.compactions++;
    },
    resetStatistics() {
      server.resets++;
    },
    rewriteConfig: async () => {},
    setActiveExpiry() {},
    note() {},
    shutDown(isNow: boolean) {
      server.stopped = isNow ? 'now' : 'gracefully';
    },
  };
  return server;
}

/** The reply of a server's command, as latin1. */
async function ask(server: ServerControl, ...words: string[]): Promise<string> {
  const asked = request(...words);
  const command = resolve(asked);
  if (typeof command === 'string') return command;
  if (command.runs !== 'server') throw new Error(`${command.name} runs elsewhere`);
  return await new Promise((done) => {
    try {
      command.execute(server, asked, (write) => done(replyOf(2, write)));
    } catch (error) {
      done(
        replyOf(2, () => {
          throw error;
        }),
      );
    }
  });
}

const SYNTAX_ERROR = '-ERR syntax error\r\n';

test('CONFIG GET reads what CONFIG SET has set', async (t) => {
  const server = fakeServer();
  t.is(await ask(server, 'CONFIG', 'SET', 'maxclients', '77'), '+OK\r\n');
  t.is(await ask(server, 'CONFIG', 'GET', 'maxclients'), '*2\r\n$10\r\nmaxclients\r\n$2\r\n77\r\n');
});

test('CONFIG GET of what there is not is empty', async (t) => {
  t.is(await ask(fakeServer(), 'CONFIG', 'GET', 'nosuch'), '*0\r\n');
});

test('CONFIG SET changes all or nothing', async (t) => {
  const server = fakeServer();
  const before = server.config;
  t.is(
    await ask(server, 'CONFIG', 'SET', 'maxclients', '77', 'nosuch', '1'),
    "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'\r\n",
  );
  t.is(await ask(server, 'CONFIG', 'SET', 'maxclients', '77', 'timeout'), SYNTAX_ERROR);
  t.is(server.config, before);
});

test('CONFIG RESETSTAT resets the counters', async (t) => {
  const server = fakeServer();
  t.is(await ask(server, 'CONFIG', 'RESETSTAT'), '+OK\r\n');
  t.is(server.resets, 1);
});

test('LATENCY HISTOGRAM tells the steps of all commands, or of some with their subcommands', async (t) => {
  const server = fakeServer();
  const get =
    '$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:7\r\n$14\r\nhistogram_usec\r\n*4\r\n:2\r\n:4\r\n:8\r\n:7\r\n';
  const id =
    '$9\r\nclient|id\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n';
  t.is(await ask(server, 'LATENCY', 'HISTOGRAM'), `*4\r\n${get}${id}`);
  t.is(await ask(server, 'LATENCY', 'HISTOGRAM', 'nosuch', 'client', 'GET'), `*4\r\n${id}${get}`);
  t.is(await ask(server, 'LATENCY', 'HISTOGRAM', 'client|id'), `*2\r\n${id}`);
  await ask(server, 'CONFIG', 'SET', 'latency-tracking', 'no');
  t.is(await ask(server, 'LATENCY', 'HISTOGRAM'), '*0\r\n');
});

test('CLIENT LIST picks by type and by id', async (t) => {
  const server = fakeServer();
  const [a, b] = ['id=3 name=a flags=N\n', 'id=4 name=b flags=P\n'];
  t.is(await ask(server, 'CLIENT', 'LIST'), `$40\r\n${a}${b}\r\n`);
  t.is(await ask(server, 'CLIENT', 'LIST', 'TYPE', 'Normal'), `$20\r\n${a}\r\n`);
  t.is(await ask(server, 'CLIENT', 'LIST', 'type', 'pubsub'), `$20\r\n${b}\r\n`);
  t.is(await ask(server, 'CLIENT', 'LIST', 'TYPE', 'replica'), '$0\r\n\r\n');
  t.is(await ask(server, 'CLIENT', 'LIST', 'ID', '4', '9', '3'), `$40\r\n${b}${a}\r\n`);
  t.is(await ask(server, 'CLIENT', 'LIST', 'ID', 'x'), '-ERR Invalid client ID\r\n');
  t.is(await ask(server, 'CLIENT', 'LIST', 'TYPE', 'foo'), "-ERR Unknown client type 'foo'\r\n");
  t.is(await ask(server, 'CLIENT', 'LIST', 'FOO'), SYNTAX_ERROR);
  t.is(await ask(server, 'CLIENT', 'LIST', 'ID'), SYNTAX_ERROR);
});

test('INFO answers the sections asked for', async (t) => {
  const text = '# Cluster\r\ncluster_enabled:0\r\n';
  t.is(await ask(fakeServer(), 'INFO', 'CLUSTER', 'nosuch'), `$${text.length}\r\n${text}\r\n`);
  t.is(await ask(fakeServer(), 'INFO', 'nosuch'), '$0\r\n\r\n');
});

test('SHUTDOWN stops the server and answers no byte', async (t) => {
  for (const words of [[], ['SAVE'], ['nosave'], ['FORCE']]) {
    const server = fakeServer();
    t.is(await ask(server, 'SHUTDOWN', ...words), '');
    t.is(server.stopped, 'gracefully');
  }
  const server = fakeServer();
  t.is(await ask(server, 'SHUTDOWN', 'NOSAVE', 'NOW'), '');
  t.is(server.stopped, 'now');
});

test('SHUTDOWN with words that make no sense stops nothing', async (t) => {
  const server = fakeServer();
  t.is(await ask(server, 'SHUTDOWN', 'FOO'), SYNTAX_ERROR);
  t.is(await ask(server, 'SHUTDOWN', 'SAVE', 'NOSAVE'), SYNTAX_ERROR);
  t.is(await ask(server, 'SHUTDOWN', 'ABORT', 'NOW'), SYNTAX_ERROR);
  t.is(await ask(server, 'SHUTDOWN', 'ABORT'), '-ERR No shutdown in progress.\r\n');
  t.is(server.stopped, undefined);
});

test('SAVE answers when the compaction is done, or with why it failed', async (t) => {
  const server = fakeServer();
  t.is(await ask(server, 'SAVE'), '+OK\r\n');
  t.is(server.compactions, 1);
  server.compact = async () => {
    throw new CommandError('MISCONF Errors writing to the reservation log: disk full');
  };
  t.is(await ask(server, 'SAVE'), '-MISCONF Errors writing to the reservation log: disk full\r\n');
});

test('BGSAVE and BGREWRITEAOF answer at once, however the compaction ends', async (t) => {
  const server = fakeServer();
  server.compact = async () => {
    throw new CommandError('MISCONF');
  };
  t.is(await ask(server, 'BGSAVE'), '+Background saving started\r\n');
  t.is(await ask(server, 'BGSAVE', 'schedule'), '+Background saving started\r\n');
  t.is(await ask(server, 'BGSAVE', 'FOO'), SYNTAX_ERROR);
  t.is(await ask(server, 'BGREWRITEAOF'), '+Background append only file rewriting started\r\n');
});

test('a compaction under way is not started again', async (t) => {
  const server = fakeServer();
  server.isCompacting = true;
  t.is(await ask(server, 'SAVE'), '-ERR Background save already in progress\r\n');
  t.is(await ask(server, 'BGSAVE'), '-ERR Background save already in progress\r\n');
  t.is(
    await ask(server, 'BGREWRITEAOF'),
    '-ERR Background append only file rewriting already in progress\r\n',
  );
  t.is(server.compactions, 0);
});

test('LASTSAVE answers the time of the last compaction', async (t) => {
  t.is(await ask(fakeServer(), 'LASTSAVE'), ':1700000000\r\n');
});
