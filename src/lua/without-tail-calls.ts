/** The opcodes of Lua 5.1 that matter here. */
const OP_CALL = 28;
const OP_TAILCALL = 29;
const HEADER = 12;

/**
 * Makes each tail call of a dumped Lua 5.1 function a plain one, in place. A tail call forgets the line that it stands in, which an error is to
 * name: in Redis `redis.call` is a C function, of which Lua makes no tail call. Sizes are those of 32-bit Lua.
 */
export function withoutTailCalls(dump: Buffer): Buffer {
  patch(dump, HEADER);
  return dump;
}

/** The position behind the function that begins at `start`. */
function patch(dump: Buffer, start: number): number {
  let at = start;
  const int = () => {
    at += 4;
    return dump.readUInt32LE(at - 4);
  };
  const skipString = () => {
    const length = int();
    at += length;
  };
  skipString();
  at += 12;
  const code = int();
  for (let i = 0; i < code; i++) {
    const instruction = int();
    if ((instruction & 63) === OP_TAILCALL) {
      // The results are all that come, as the RETURN behind it expects.
      const plain = (instruction & 0xff803fc0) | OP_CALL;
      dump.writeUInt32LE(plain >>> 0, at - 4);
    }
  }
  const constants = int();
  for (let i = 0; i < constants; i++) {
    const type = dump[at++];
    if (type === 1) at += 1;
    else if (type === 3) at += 8;
    else if (type === 4) skipString();
  }
  const functions = int();
  for (let i = 0; i < functions; i++) at = patch(dump, at);
  const lines = int();
  at += lines * 4;
  const locals = int();
  for (let i = 0; i < locals; i++) {
    skipString();
    at += 8;
  }
  const upvalues = int();
  for (let i = 0; i < upvalues; i++) skipString();
  return at;
}
