import type { Arguments, CommandFacts, ServerCommand } from './command.js';
import { NO_KEYS } from './documentation.js';
import { answerLater } from './server-answer.js';
import { optionWord } from './words.js';

/** MONITOR, and what it shows. */
export const monitor: ServerCommand = {
  ...NO_KEYS,
  runs: 'server',
  isBarrier: true,
  before: (session) => session.monitor(),
  name: 'monitor',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '1.0.0',
  summary: 'Show the commands of all clients as they are executed',
  complexity: 'None',
  execute: (server, _request, answer) => {
    answerLater(answer, server.watchCommands(), (_done, reply) => reply.ok());
  },
};

/** What only operators send may hold secrets. */
export function isShown(command: CommandFacts): boolean {
  // Redis shows scripts by itself, ahead of what they call.
  const isSkipped = command.flags.includes('skip_monitor') && command.group !== 'scripting';
  return !command.flags.includes('admin') && !isSkipped;
}

/** A line of MONITOR, as latin1. */
export function monitorLine(
  microseconds: number,
  database: number,
  address: string,
  words: readonly string[],
): string {
  const seconds = Math.floor(microseconds / 1e6);
  const rest = String(microseconds % 1e6).padStart(6, '0');
  return `+${seconds}.${rest} [${database} ${address}] ${words.map(quote).join(' ')}\r\n`;
}

const REDACTED = '(redacted)';
/** Directives whose value is nobody's business. */
const SECRET = new Set(['REQUIREPASS', 'MASTERAUTH', 'MASTERUSER', 'TLS-KEY-FILE-PASS']);

/** The words of a request without the passwords in it. */
export function shownWords(command: CommandFacts, request: Arguments): string[] {
  const words: string[] = [];
  for (let i = 0; i < request.count; i++) words.push(request.text(i));
  if (command.name === 'acl|setuser') {
    return words.map((word, index) => (index < 2 ? word : REDACTED));
  }
  if (command.name === 'auth') return [words[0] ?? '', ...words.slice(1).map(() => REDACTED)];
  if (command.name === 'config|set') {
    for (let i = 2; i + 1 < request.count; i += 2) {
      if (SECRET.has(optionWord(request, i))) words[i + 1] = REDACTED;
    }
  }
  if (command.name === 'hello') {
    for (let i = 2; i < request.count; i++) {
      if (optionWord(request, i) !== 'AUTH' || i + 2 >= request.count) continue;
      words[i + 1] = REDACTED;
      words[i + 2] = REDACTED;
      i += 2;
    }
  }
  return words;
}

const ESCAPES = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
]);

/** A word of bytes in double quotes, everything that is not printable ASCII escaped. */
function quote(word: string): string {
  const escaped = word.replace(/[^ !#-[\]-~]/g, (c) => {
    return ESCAPES.get(c) ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
