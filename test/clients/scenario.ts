/**
 * What every client is made to do. A program in the client's language plays the steps its arguments name, and prints for each
 * a line: the name of the step, and what came of it.
 */
export interface Step {
  readonly name: string;
  readonly does: string;
  /** What all clients print of it, or print first; what follows are errors in the client's own words. */
  readonly line: string;
}

export const STEPS = [
  {
    name: 'counters',
    does: '`INCR` `INCRBY` `DECR` `DECRBY` `GET` `SET` `MGET` `EXISTS` `DEL`',
    line: '1 11 10 5 5 nil 42 42,nil 1 1 0',
  },
  {
    name: 'numbers',
    does: 'replies beyond 2^53, and the lowest one, to the last digit',
    line: '9007199254740993 9007199254740993 -9223372036854775808',
  },
  {
    name: 'errors',
    does: 'overflow, no integer, wrong number of arguments, unknown command',
    line: '',
  },
  {
    name: 'expiry',
    does: '`SET … EX` `INCR` `TTL` `EXPIRE` `PERSIST` `PEXPIRE`, then the key is gone',
    line: '6 1 1 1 1 -1 1 -2',
  },
  { name: 'pipeline', does: '1,000 `INCR` in one pipeline', line: '1 1000 1' },
  {
    name: 'scan',
    does: '`SCAN` with `MATCH` and `COUNT` through 350 names, `KEYS`',
    line: '300 other:10,other:11,other:12 350',
  },
  {
    name: 'messages',
    does: '`SUBSCRIBE` `PSUBSCRIBE` `PUBLISH` `UNSUBSCRIBE`',
    line: '2 message:news:hello pmessage:news:hello 0',
  },
  { name: 'database', does: '`SELECT` by an option of the client', line: '1 1 0' },
  { name: 'name', does: '`CLIENT SETNAME` `GETNAME` `LIST`', line: 'matrix 1' },
  { name: 'info', does: '`INFO`, and what the client makes of it', line: 'master 2' },
  { name: 'unix', does: 'over the unix socket', line: '1 2' },
  {
    name: 'reconnect',
    does: '`CLIENT KILL` from elsewhere, and the client goes on',
    line: '1 2',
  },
  {
    name: 'transaction',
    does: '`MULTI` and `EXEC`; `WATCH` of what another client changes',
    line: '1,5,5 nil 6',
  },
  {
    name: 'script',
    does: '`EVAL`, `SCRIPT LOAD`, `EVALSHA`, and of an unknown script',
    line: '5 7',
  },
  { name: 'password', does: 'with the password, without one, with a wrong one', line: '1' },
  {
    name: 'user',
    does: 'as a user who may do a little: another key, another command',
    line: '1 counter',
  },
  {
    name: 'tls',
    does: 'over TLS, with the certificate verified; refused where its authority is unknown',
    line: '1 2 refused',
  },
] as const satisfies readonly Step[];

export type StepName = (typeof STEPS)[number]['name'];
