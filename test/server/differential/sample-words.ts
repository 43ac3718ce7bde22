/** Words that a command is tried with. Latin1: a character is a byte. */

export const CURSORS = [
  ...[
    '0',
    '1',
    '-1',
    '+5',
    '',
    ' 5',
    'abc',
    '12x',
    '5\x00x',
    '18446744073709551615',
    '18446744073709551616',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '-18446744073709551616',
    '007',
    '-',
    '+-1',
  ],
];

export const PLAIN_NAMES = [
  ...[
    'incr',
    'decrby',
    'expire',
    'rename',
    'copy',
    'getex',
    'swapdb',
    'get',
    'set',
    'getset',
    'setnx',
    'mget',
    'mset',
    'del',
    'unlink',
    'exists',
    'type',
    'keys',
    'scan',
  ],
  ...[
    'dbsize',
    'randomkey',
    'flushdb',
    'flushall',
    'ping',
    'echo',
    'quit',
    'reset',
    'auth',
    'select',
    'hello',
    'info',
    'time',
  ],
  ...[
    'shutdown',
    'lastsave',
    'save',
    'bgsave',
    'bgrewriteaof',
    'nosuch',
    'config|get',
    'config|nosuch',
    'client|id',
    'command|docs',
    'get|x',
  ],
];

export const WHOLE_COMMANDS: readonly (readonly string[])[] = [
  ['get', 'a'],
  ['GET'],
  ['set', 'a', '1'],
  ['set', 'a', '1', 'get'],
  ['set', 'a', '1', 'GET\x00', 'NX'],
  ['set', 'a'],
  ['rename', 'a', 'b'],
  ['copy', 'a', 'b', 'REPLACE'],
  ['setex', 'a', '1', '2'],
  ['mset', 'a', '1', 'b', '2'],
  ['mset', 'a', '1', 'b'],
  ['mget', 'a', 'a', 'b'],
  ['del'],
  ['ping', 'x'],
  ['nosuch', 'x'],
  ['config', 'get', 'x'],
  ['config', 'nosuch'],
  ['config'],
];

export const UNKNOWN_NAMES = [
  ...[
    'NOSUCH',
    'nosuch',
    'ge',
    'gett',
    'GET ',
    'no\x00such',
    'bad\r\nname',
    'z'.repeat(200),
    'config|get',
    '\xff\xfe',
    'incr.',
    'IN\x03R',
  ],
];

export const CLUSTER_WORDS = [
  ...['slots', 'info', 'nodes', 'keyslot', 'meet', 'SETSLOT', 'help', 'FOO', 'myid', ''],
];

export const FAILOVERS: readonly (readonly string[])[] = [
  [],
  ['abort'],
  ['ABORT', 'x'],
  ['to', 'a', '1'],
  ['to', 'a', 'x'],
  ['to', 'a'],
  ['timeout', '0'],
  ['timeout', '5', 'timeout', '5'],
  ['timeout', 'x'],
  ['force'],
  ['force', 'force'],
  ['FOO'],
];

export const FUNCTIONS: readonly (readonly string[])[] = [
  ['flush'],
  ['flush', 'sync'],
  ['flush', 'ASYNC'],
  ['flush', 'FOO'],
  ['flush', 'sync', 'x'],
  ['list'],
  ['list', 'withcode'],
  ['list', 'libraryname', '*', 'withcode'],
  ['list', 'libraryname'],
  ['list', 'withcode', 'withcode'],
  ['list', 'FOO'],
  ['stats'],
  ['kill'],
  ['delete', 'x'],
  ['help'],
  ['FOO'],
];

/** Integers in all the forms of a decimal number, and what is none; no fractions, which we refuse. */
export const FLOATS = [
  ...['0', '-0', '1.0', '+7', '-3.000', '5e2', '.5e1', '1250e-1', '1E3', '0x10', '1.', '00012'],
  ...['', ' 1', '1 ', 'abc', '.', 'e5', '1e', '--1', '1\x00', 'inf', '-Infinity', 'nan', '1e5000'],
];
