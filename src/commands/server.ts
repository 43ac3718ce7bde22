import { BUSY } from './busy.js';
import { nowInMicroseconds } from './clock.js';
import { CommandError, type CommandRow, SYNTAX_ERROR } from './command.js';
import { configuration } from './config-command.js';
import { debug } from './debug.js';
import { NO_KEYS, oneOf, optional, since, token } from './documentation.js';
import { renderInfo } from './info.js';
import { latency } from './latency.js';
import { monitor } from './monitor.js';
import { answerLater } from './server-answer.js';
import { parseShutdown } from './shutdown-options.js';
import { slowLog } from './slow-log.js';
import { lowerCase, optionWord, untilNul } from './words.js';

/** The commands on the server as a whole. */

const SERVER = { ...NO_KEYS, categories: [], group: 'server' } as const;
const SAVING = ['admin', 'noscript', 'no_async_loading'] as const;

export const server: readonly CommandRow[] = [
  configuration,
  monitor,
  slowLog,
  latency,
  debug,
  {
    ...SERVER,
    runs: 'server',
    name: 'info',
    arity: -1,
    flags: ['loading', 'stale'],
    categories: ['dangerous'],
    tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
    since: '1.0.0',
    summary: 'Tell how the server is doing',
    complexity: 'O(1)',
    arguments: [{ name: 'section', type: 'string', flags: ['optional', 'multiple'] }],
    execute: (control, request, answer) => {
      const sections: string[] = [];
      for (let i = 1; i < request.count; i++) sections.push(lowerCase(untilNul(request.text(i))));
      answerLater(answer, control.facts(), (facts, reply) => {
        reply.verbatim(renderInfo(facts, control.config, sections));
      });
    },
  },
  {
    ...SERVER,
    runs: 'worker',
    name: 'time',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    tips: ['nondeterministic_output'],
    since: '2.6.0',
    summary: 'The time on the server: seconds and microseconds',
    complexity: 'O(1)',
    execute: (_session, _request, reply) => {
      const microseconds = nowInMicroseconds();
      reply.array(2);
      reply.bulkInteger(Math.floor(microseconds / 1e6));
      reply.bulkInteger(microseconds % 1e6);
    },
  },
  {
    ...SERVER,
    runs: 'server',
    name: 'shutdown',
    arity: -1,
    flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
    since: '1.0.0',
    summary: 'Stop the server: finish what was received, compact the log, exit',
    complexity: 'O(N) where N is the number of sequences; O(1) with NOW',
    arguments: [
      optional(oneOf('nosave_save', 'NOSAVE', 'SAVE')),
      optional(since('7.0.0', token('NOW'))),
      optional(since('7.0.0', token('FORCE'))),
      optional(since('7.0.0', token('ABORT'))),
    ],
    execute: (control, request, answer) => {
      const shutdown = parseShutdown(request);
      if (shutdown === undefined) throw new CommandError(SYNTAX_ERROR);
      if (shutdown.isAbort) throw new CommandError('ERR No shutdown in progress.');
      if (control.isBusy && !shutdown.isWithoutSaving) throw new CommandError(BUSY);
      control.shutDown(shutdown.isNow || control.isBusy);
      // An answer without a byte, as in Redis: the client sees the connection close.
      answer(() => {});
    },
  },
  {
    ...SERVER,
    runs: 'server',
    name: 'lastsave',
    arity: 1,
    flags: ['loading', 'stale', 'fast'],
    categories: ['admin', 'dangerous'],
    tips: ['nondeterministic_output'],
    since: '1.0.0',
    summary: 'The Unix time of the last complete compaction',
    complexity: 'O(1)',
    execute: (control, _request, answer) => {
      const seconds = control.lastSaveSeconds;
      answer((reply) => reply.integer(seconds));
    },
  },
  {
    ...SERVER,
    runs: 'server',
    name: 'save',
    arity: 1,
    flags: [...SAVING, 'no_multi'],
    since: '1.0.0',
    summary: 'Compact the log and answer when that is done; nobody else waits',
    complexity: 'O(N) where N is the number of sequences.',
    execute: (control, _request, answer) => {
      if (control.isCompacting) throw new CommandError('ERR Background save already in progress');
      answerLater(answer, control.compact(), (_done, reply) => reply.ok());
    },
  },
  {
    ...SERVER,
    runs: 'server',
    name: 'bgsave',
    arity: -1,
    flags: SAVING,
    since: '1.0.0',
    summary: 'Begin to compact the log',
    complexity: 'O(1)',
    arguments: [optional({ ...token('SCHEDULE'), since: '3.2.2' })],
    execute: (control, request, answer) => {
      const isScheduled = request.count === 2 && optionWord(request, 1) === 'SCHEDULE';
      if (request.count > 1 && !isScheduled) throw new CommandError(SYNTAX_ERROR);
      if (control.isCompacting) throw new CommandError('ERR Background save already in progress');
      compactInBackground(control);
      answer((reply) => reply.status('Background saving started'));
    },
  },
  {
    ...SERVER,
    runs: 'server',
    name: 'bgrewriteaof',
    arity: 1,
    flags: SAVING,
    since: '1.0.0',
    summary: 'Begin to compact the log',
    complexity: 'O(1)',
    execute: (control, _request, answer) => {
      if (control.isCompacting) {
        throw new CommandError('ERR Background append only file rewriting already in progress');
      }
      compactInBackground(control);
      answer((reply) => reply.status('Background append only file rewriting started'));
    },
  },
];

/** How it ends stands in INFO: nobody waits for it here. */
function compactInBackground(control: { compact(): Promise<void> }): void {
  control.compact().catch(() => {});
}
