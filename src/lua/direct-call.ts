/** Where a closure of Lua 5.1, compiled for 32 bits, has what is used of it (lobject.h). */
const Closure = { type: 4, isC: 6, function: 16 } as const;
/** Where a `lua_State` has how deep in C it is, now and where it was resumed: between the two lies what can't yield. */
const State = { calls: 52, callsAtResume: 54 } as const;
const FUNCTION = 6;

/** A module that hands on a call of a C function of Lua, since a table of WebAssembly takes its own functions only: `(i32) -> i32`, imported as a.a, exported as a. */
const TRAMPOLINE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
  ...[2, 7, 1, 1, 0x61, 1, 0x61, 0, 0],
  ...[7, 5, 1, 1, 0x61, 0, 0],
]);

/**
 * Puts a function of ours in the place of one of Lua's library that nothing here uses: `at` is the address of its closure. It is called with the state that
 * calls it, and answers how many results it has pushed there.
 */
export function replaceFunction(
  memory: WebAssembly.Memory,
  table: WebAssembly.Table,
  at: number,
  call: (state: number) => number,
): void {
  const view = new DataView(memory.buffer);
  const isKnown =
    view.getUint8(at + Closure.type) === FUNCTION && view.getUint8(at + Closure.isC) === 1;
  if (!isKnown) throw new Error('a function of this Lua is laid out in another way');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), {
    a: { a: call },
  });
  table.set(view.getUint32(at + Closure.function, true), exports.a);
}

/** Whether what the state runs can't be suspended: something in C stands between it and whoever resumed it. */
export function isWithinC(memory: WebAssembly.Memory, state: number): boolean {
  const view = new DataView(memory.buffer);
  return (
    view.getUint16(state + State.calls, true) > view.getUint16(state + State.callsAtResume, true)
  );
}
