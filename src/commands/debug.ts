import type { ReplyWriter } from '../protocol/reply.js';
import { type Arguments, CommandError, type ServerCommand } from './command.js';
import { NO_KEYS } from './documentation.js';
import { replyHelp } from './help.js';
import { answerLater } from './server-answer.js';
import type { ServerControl } from './server-control.js';
import { optionWord, untilNul, utf8At, wrongSubcommandArity } from './words.js';

/**
 * DEBUG, for tests of this server and of clients; refused unless `enable-debug-command` allows it. Of Redis's subcommands those
 * are here that have a meaning.
 */
export const debug: ServerCommand = {
  ...NO_KEYS,
  runs: 'server',
  isProtected: true,
  name: 'debug',
  isInternal: true,
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '1.0.0',
  summary: 'What tests need of the server',
  complexity: 'Depends on subcommand.',
  execute: (server, request, answer) => {
    const subcommand = subcommands.get(optionWord(request, 1));
    if (subcommand === undefined || !subcommand.counts(request.count)) {
      throw new CommandError(wrongSubcommandArity(request));
    }
    subcommand.execute(server, request, answer);
  },
};

interface Subcommand {
  counts(count: number): boolean;
  readonly execute: ServerCommand['execute'];
}

const takesOne = (count: number) => count === 3;

const subcommands = new Map<string, Subcommand>([
  [
    'SLEEP',
    {
      counts: takesOne,
      execute: (_server, request, answer) => {
        sleep(Number.parseFloat(untilNul(request.text(2))) * 1000);
        answer((reply) => reply.ok());
      },
    },
  ],
  [
    'SET-ACTIVE-EXPIRE',
    {
      counts: takesOne,
      execute: (server, request, answer) => {
        server.setActiveExpiry(Boolean(Number.parseInt(request.text(2), 10)));
        answer((reply) => reply.ok());
      },
    },
  ],
  [
    'SET-DISABLE-DENY-SCRIPTS',
    {
      counts: takesOne,
      execute: (server, request, answer) => {
        server.scripts.mayCallAll = Boolean(Number.parseInt(request.text(2), 10));
        answer((reply) => reply.ok());
      },
    },
  ],
  [
    'RELOAD',
    {
      counts: () => true,
      execute: (server, request, answer) => {
        for (let i = 2; i < request.count; i++) requireReloadOption(request, i);
        answerLater(answer, server.compact(), (_done, reply) => reply.ok());
      },
    },
  ],
  [
    'LOADAOF',
    {
      counts: (count) => count === 2,
      execute: (server, _request, answer) => {
        answerLater(answer, server.compact(), (_done, reply) => reply.ok());
      },
    },
  ],
  [
    'LOG',
    {
      counts: takesOne,
      execute: (server, request, answer) => {
        server.note(`DEBUG LOG: ${untilNul(utf8At(request, 2))}`);
        answer((reply) => reply.ok());
      },
    },
  ],
  [
    'ERROR',
    {
      counts: takesOne,
      execute: (_server, request, answer) => answer((reply) => reply.error(request.text(2))),
    },
  ],
  [
    'PROTOCOL',
    {
      counts: takesOne,
      execute: (_server, request, answer) => {
        const type = samples.get(optionWord(request, 2).toLowerCase());
        if (type === undefined) throw new CommandError(UNKNOWN_TYPE);
        answer(type);
      },
    },
  ],
  ['HELP', { counts: (count) => count === 2, execute: help }],
]);

/** Nothing that the master decides is decided meanwhile; workers go on with what they were lent. */
function sleep(forMs: number): void {
  if (!(forMs > 0)) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

function requireReloadOption(request: Arguments, index: number): void {
  if (['MERGE', 'NOFLUSH', 'NOSAVE'].includes(optionWord(request, index))) return;
  throw new CommandError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
}

/** A reply of each type that the protocol has. */
const samples = new Map<string, (reply: ReplyWriter) => void>([
  ['string', (reply) => reply.bulkText('Hello World')],
  ['integer', (reply) => reply.integer(12345)],
  ['double', (reply) => sampleNumber(reply, ',', '3.141')],
  ['bignum', (reply) => sampleNumber(reply, '(', BIG_NUMBER)],
  ['null', (reply) => reply.nil()],
  ['array', (reply) => countTo3(reply, () => reply.array(3))],
  ['set', (reply) => countTo3(reply, () => reply.set(3))],
  [
    'map',
    (reply) => {
      reply.map(3);
      for (let i = 0; i < 3; i++) {
        reply.integer(i);
        boolean(reply, i === 1);
      }
    },
  ],
  [
    'attrib',
    (reply) => {
      if (reply.protocol === 3) {
        reply.out.latin1('|1\r\n');
        reply.bulkText('key-popularity');
        reply.array(2);
        reply.bulkText('key:123');
        reply.integer(90);
      }
      reply.bulkText('Some real reply following the attribute');
    },
  ],
  [
    'push',
    (reply) => {
      if (reply.protocol === 2) {
        throw new CommandError('ERR RESP2 is not supported by this command');
      }
      reply.push(2);
      reply.bulkText('server-cpu-usage');
      reply.integer(42);
      reply.bulkText('Some real reply following the push reply');
    },
  ],
  ['true', (reply) => boolean(reply, true)],
  ['false', (reply) => boolean(reply, false)],
  ['verbatim', (reply) => reply.verbatim('This is a verbatim\nstring')],
]);

const BIG_NUMBER = '1234567999999999999999999999999999999';
const UNKNOWN_TYPE =
  'ERR Wrong protocol type name. Please use one of the following: ' +
  'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false';

function sampleNumber(reply: ReplyWriter, prefix: string, text: string): void {
  if (reply.protocol === 3) reply.out.latin1(`${prefix}${text}\r\n`);
  else reply.bulkText(text);
}

function boolean(reply: ReplyWriter, value: boolean): void {
  if (reply.protocol === 3) reply.out.latin1(value ? '#t\r\n' : '#f\r\n');
  else reply.integer(value ? 1 : 0);
}

function countTo3(reply: ReplyWriter, head: () => void): void {
  head();
  for (let i = 0; i < 3; i++) reply.integer(i);
}

function help(
  _server: ServerControl,
  _request: Arguments,
  answer: (write: (reply: ReplyWriter) => void) => void,
): void {
  answer((reply) =>
    replyHelp(reply, 'DEBUG', [
      'ERROR <string>',
      '    Return a Redis protocol error with <string> as message.',
      'LOADAOF',
      '    The same as RELOAD: the log is all there is.',
      'LOG <message>',
      '    Write <message> to the server log.',
      'PROTOCOL <type>',
      '    Reply with a test value of the specified type: string, integer, double, bignum,',
      '    null, array, set, map, attrib, push, verbatim, true, false.',
      'RELOAD [option ...]',
      '    Write the whole state anew, as SAVE does. Nothing is read back.',
      'SET-ACTIVE-EXPIRE <0|1>',
      '    Setting it to 0 disables expiring sequences in background when they are not accessed.',
      'SET-DISABLE-DENY-SCRIPTS <0|1>',
      '    Setting it to 1 allows scripts to call what no script may call.',
      'SLEEP <seconds>',
      '    Stop the master for <seconds>. Decimals allowed.',
    ]),
  );
}
