/** One call of redis-cli, whose output is compared with that of the same call to redis-server. */
export interface Call {
  readonly words: readonly string[];
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Figures of the machine, which differ: each becomes `#`. */
  readonly hides?: RegExp;
  /** The lines come in any order. */
  readonly isSet?: boolean;
}

const PIPED = ['INCR piped', 'INCRBY piped 9', 'SET piped x y', 'GET piped']
  .map((line) => line.split(' '))
  .map((words) => `*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`)
  .join('');

/** What comes first is the biggest to begin with. */
const FOUND_SO_FAR = /(?:^\[.*\n)+/gm;

/** In this order; each finds what those before it have left. */
export const CALLS: readonly Call[] = [
  // Output.
  { words: ['INCR', 'a'] },
  { words: ['--no-raw', 'INCR', 'a'] },
  { words: ['--no-raw', 'MGET', 'a', 'none'] },
  { words: ['--raw', 'MGET', 'a', 'none'] },
  { words: ['--csv', 'MGET', 'a', 'none'] },
  { words: ['--json', 'MGET', 'a', 'none'] },
  { words: ['--json', 'CONFIG', 'GET', 'databases'] },
  { words: ['--quoted-json', 'GET', 'a'] },
  { words: ['-d', ';', 'MGET', 'a', 'a'] },
  { words: ['-3', '--no-raw', 'MGET', 'a', 'none'] },
  { words: ['-3', '--no-raw', 'CONFIG', 'GET', 'databases'] },
  { words: ['-3', '--no-raw', 'HELLO'], hides: /(?<=id.*)\d+/g },
  { words: ['-3', 'CLIENT', 'GETNAME'] },
  { words: ['-2', '--no-raw', 'COMMAND', 'INFO', 'incr'] },
  { words: ['-3', '--no-raw', 'COMMAND', 'INFO', 'incr', 'nosuch'] },
  // Input.
  { words: ['-x', 'SET', 'five'], input: '5' },
  { words: ['-X', 'tag', 'INCRBY', 'five', 'tag'], input: '7' },
  { words: ['--quoted-input', 'INCR', '"\\x00\\xff"'] },
  { words: ['--quoted-input', 'GET', '"\\x00\\xff"'] },
  { words: [], input: 'INCR lines\nINCR lines\n\nGET "lines"\nINCR "open\nNOSUCH\n' },
  { words: ['--no-raw'], input: 'SELECT 2\nINCR lines\nDBSIZE\n' },
  { words: ['--no-raw'], input: '3 INCR thrice\n' },
  { words: ['--no-raw'], input: 'MULTI\nINCR queued\nGET queued\nEXEC\nMULTI\nNOSUCH\nEXEC\n' },
  { words: ['--pipe'], input: PIPED },
  { words: ['GET', 'piped'] },
  // The rest.
  { words: ['-r', '5', 'INCR', 'repeated'] },
  { words: ['-r', '3', '-i', '0.01', 'INCR', 'repeated'] },
  { words: ['-n', '3', 'INCR', 'third'] },
  { words: ['-n', '99', 'INCR', 'a'] },
  { words: ['-e', 'INCRBY', 'a', 'x'] },
  { words: ['NOSUCH', 'a', 'b'] },
  { words: ['INCR'] },
  { words: ['-s', '$SOCKET', 'INCR', 'a'] },
  { words: ['-u', 'redis://127.0.0.1:$PORT/5', 'INCR', 'by-address'] },
  { words: ['-n', '5', 'GET', 'by-address'] },
  // With a password.
  { words: ['-p', '$LOCKED_PORT', 'INCR', 'a'] },
  { words: ['-p', '$LOCKED_PORT', '-a', 'sesame', 'INCR', 'a'] },
  { words: ['-p', '$LOCKED_PORT', '--no-auth-warning', '-a', 'wrong', 'INCR', 'a'] },
  { words: ['-p', '$LOCKED_PORT', 'INCR', 'a'], environment: { REDISCLI_AUTH: 'sesame' } },
  { words: ['-p', '$LOCKED_PORT', '-3', 'INCR', 'a'], environment: { REDISCLI_AUTH: 'sesame' } },
  { words: ['-u', 'redis://:sesame@127.0.0.1:$LOCKED_PORT/1', 'INCR', 'a'] },
  { words: ['-p', '$LOCKED_PORT', '--user', 'counter', '--pass', 'apple', 'INCR', 'app:a'] },
  { words: ['-u', 'redis://counter:apple@127.0.0.1:$LOCKED_PORT', 'INCR', 'a'] },
  { words: ['-u', 'redis://counter:apple@127.0.0.1:$LOCKED_PORT', 'ACL', 'WHOAMI'] },
  // Over TLS.
  { words: ['-p', '$TLS_PORT', '--tls', '--cacert', '$CA', 'INCR', 'a'] },
  { words: ['-p', '$TLS_PORT', '--tls', '--insecure', 'INCR', 'a'] },
  { words: ['-u', 'rediss://127.0.0.1:$TLS_PORT', '--cacert', '$CA', '-3', 'INCR', 'a'] },
  { words: ['-p', '$TLS_PORT', '--tls', 'INCR', 'a'] },
  // Through all the keys.
  { words: ['FLUSHALL'] },
  { words: ['MSET', ...Array.from({ length: 40 }, (_, i) => [`key:${i}`, `${i}`]).flat()] },
  { words: ['SET', 'the-biggest', '-9223372036854775808'] },
  { words: ['--scan', '--pattern', 'key:1?'], isSet: true },
  { words: ['--scan', '--pattern', 'none*'] },
  { words: ['--bigkeys'], hides: FOUND_SO_FAR },
  { words: ['--bigkeys', '-i', '0.001'], hides: FOUND_SO_FAR },
  { words: ['--memkeys'], hides: /(?:^\[.*\n)+|\d+(?= bytes)|(?<=avg size )[\d.]+/gm },
  { words: ['--hotkeys'] },
  { words: ['--latency', '--raw', '-i', '0.05'], hides: /[\d.]+/g },
];
