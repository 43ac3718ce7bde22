import { BASE } from './prelude/base.js';
import { BINARY } from './prelude/binary.js';
import { BIT } from './prelude/bit.js';
import { CALLBACKS } from './prelude/callbacks.js';
import { CJSON } from './prelude/cjson.js';
import { CMSGPACK } from './prelude/cmsgpack.js';
import { COROUTINES } from './prelude/coroutines.js';
import { FORMAT } from './prelude/format.js';
import { GLOBALS } from './prelude/globals.js';
import { PUMP } from './prelude/pump.js';
import { RANDOM } from './prelude/random.js';
import { REDIS } from './prelude/redis.js';
import { RESP } from './prelude/resp.js';
import { STRUCT } from './prelude/struct.js';

/**
 * What a script finds, in Lua 5.1: the sandbox, `redis`, and the pump that hands requests out and replies in. `step` takes a
 * string and answers one:
 *
 *     S function replaced by the loaded chunk, then an array of id, number of keys, keys and arguments   begins a script
 *     R reply, in RESP · T · K                                                                            goes on with it, or ends it: killed
 *     C request · L level text · H text, to be hashed · A request, to be judged · T time · D reply, in RESP    what the script wants next
 *
 * A script runs in a coroutine, so `redis.call` is a yield; `pcall` and coroutines of its own hand such a yield on. In the
 * strings that come in, "\\1\\1" stands for a NUL and "\\1\\2" for "\\1", since the door to Lua takes C strings.
 */
export const PRELUDE = [
  BASE,
  RESP,
  REDIS,
  COROUTINES,
  CALLBACKS,
  FORMAT,
  RANDOM,
  GLOBALS,
  PUMP,
].join('');

/** What is made of nothing but Lua, each for itself, so that no step of the start is long. */
export const LIBRARIES = [BIT, CJSON, BINARY, STRUCT, CMSGPACK];
