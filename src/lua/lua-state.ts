import type { LuaModule } from 'lua-wasm-bindings/dist/glue/glue-lua-5.1.5.js';
import { isWithinC, replaceFunction } from './direct-call.js';
import { type LoadedLua, loadLua } from './lua-module.js';
import { LIBRARIES, PRELUDE } from './prelude.js';
import { SliceHook } from './slice-hook.js';
import { withoutTailCalls } from './without-tail-calls.js';

const GLOBALS = -10002;

/** Where a lua_State of Lua 5.1 has its global_State, and that the bytes in use; pointers have four bytes. */
const L_G = 16;
const TOTAL_BYTES = 68;

/** A script's mistake, with Lua's words. */
export class LuaError extends Error {}

/** One Lua 5.1 in WebAssembly, with no door to the outside but the strings that `step` takes and answers. */
export class LuaState {
  readonly #lua: LuaModule;
  readonly #memory: WebAssembly.Memory;
  readonly #state: number;
  readonly #size: number;
  readonly #hook: SliceHook;
  #scratch: number;
  #scratchLength = 65536;
  /** Answers what a script wants where it can't be suspended: what `step` answers, and what is to be handed to it. */
  onWish: (wish: Buffer) => Buffer = () => {
    throw new LuaError('nobody is asked');
  };

  /**
   * Starts a Lua in steps of a few milliseconds, for whoever is to be served between them. It gets no more than `memoryLimit` bytes: a script that
   * needs more ends with an error.
   */
  static *start(memoryLimit: number): Generator<void, LuaState> {
    const loaded = yield* loadLua(memoryLimit);
    yield;
    const state = new LuaState(loaded);
    for (const part of [PRELUDE, ...LIBRARIES]) {
      yield;
      state.#run(Buffer.from(part, 'latin1'), '=prelude');
    }
    return state;
  }

  private constructor({ lua, memory, table }: LoadedLua) {
    this.#lua = lua;
    this.#memory = memory;
    this.#scratch = lua._malloc(this.#scratchLength);
    this.#size = lua._malloc(8);
    this.#state = lua._luaL_newstate();
    lua._luaL_openlibs(this.#state);
    this.#hook = new SliceHook(memory, table, this.#state, (count) =>
      this.#run(Buffer.from(`debug.sethook(function() end, '', ${count})`), '=hook'),
    );
    const at = Number(this.#evaluate("string.match(tostring(io.tmpfile), '0x%x+')"));
    replaceFunction(memory, table, at, (running) => this.#direct(running));
  }

  /** `io.tmpfile`, as the prelude has it: with a wish, it answers what is handed in, or nothing where the script can be suspended for it. */
  #direct(running: number): number {
    if (!isWithinC(this.#memory, running)) return 0;
    const reply = this.onWish(this.#text(1, running));
    this.#lua._lua_pushstring(running, this.#put(Buffer.concat([escaped(reply), Buffer.alloc(1)])));
    return 1;
  }

  #evaluate(expression: string): string {
    this.#lua._lua_settop(this.#state, 0);
    this.#compile(Buffer.from(`return ${expression}`), '=prelude');
    this.#call(0, 1);
    return this.#text(-1).toString('latin1');
  }

  /** What Lua has allocated, as `collectgarbage('count')` tells it in the midst of a script, too. */
  get bytes(): number {
    const memory = new DataView(this.#memory.buffer);
    const globalState = memory.getUint32(this.#state + L_G, true);
    return memory.getUint32(globalState + TOTAL_BYTES, true);
  }

  /** Compiles a script and keeps it under `id`; throws a LuaError with Lua's message. */
  load(id: string, source: Buffer): void {
    const lua = this.#lua;
    // Nothing compiles a script in Lua's bytes: they could do anything.
    if (source[0] === 27) throw new LuaError('user_script: bytecode is not allowed');
    const dumped = this.#dump(source);
    lua._lua_settop(this.#state, 0);
    this.#get('keep');
    this.#push(Buffer.from(id, 'latin1'));
    this.#compile(dumped, '@user_script');
    this.#call(2, 0);
  }

  forget(): void {
    this.#lua._lua_settop(this.#state, 0);
    this.#get('forget');
    this.#call(0, 0);
  }

  /** What runs from now on is suspended after so long: then `step` answers TIME, and goes on when it is given that. */
  beginSlice(sliceMs: number): void {
    this.#hook.begin(sliceMs);
  }

  /** Ends the script that was suspended; what a client is told. */
  kill(): Buffer {
    this.#hook.abandon();
    return this.step(Buffer.from('K'));
  }

  get isSliceOver(): boolean {
    return this.#hook.isOver;
  }

  /** See PRELUDE. Throws a LuaError when Lua itself fails. */
  step(input: Buffer): Buffer {
    this.#lua._lua_settop(this.#state, 0);
    this.#get('step');
    this.#push(escaped(input));
    this.#call(1, 1);
    return this.#text(-1);
  }

  #dump(source: Buffer): Buffer {
    const lua = this.#lua;
    lua._lua_settop(this.#state, 0);
    this.#get('dump');
    this.#compile(source, '@user_script');
    this.#call(1, 1);
    return withoutTailCalls(this.#text(-1));
  }

  #run(source: Buffer, name: string): void {
    this.#lua._lua_settop(this.#state, 0);
    this.#compile(source, name);
    this.#call(0, 0);
  }

  #compile(source: Buffer, name: string): void {
    const at = this.#put(Buffer.concat([source, Buffer.from(`\0${name}\0`, 'latin1')]));
    const status = this.#lua._luaL_loadbuffer(
      this.#state,
      at,
      source.length,
      at + source.length + 1,
    );
    if (status !== 0) throw new LuaError(this.#text(-1).toString('latin1'));
  }

  #call(inputs: number, outputs: number): void {
    const status = this.#lua._lua_pcall(this.#state, inputs, outputs, 0);
    if (status !== 0) throw new LuaError(this.#text(-1).toString('latin1'));
  }

  #get(name: string): void {
    const at = this.#put(Buffer.from(`${name}\0`, 'latin1'));
    this.#lua._lua_getfield(this.#state, GLOBALS, at);
  }

  #push(text: Buffer): void {
    this.#lua._lua_pushstring(this.#state, this.#put(Buffer.concat([text, Buffer.alloc(1)])));
  }

  #text(index: number, state = this.#state): Buffer {
    const at = this.#lua._lua_tolstring(state, index, this.#size);
    if (at === 0) return Buffer.alloc(0);
    const heap = Buffer.from(this.#memory.buffer);
    return Buffer.from(heap.subarray(at, at + heap.readUInt32LE(this.#size)));
  }

  /** Copies bytes to where Lua can read them, until the next call. */
  #put(bytes: Buffer): number {
    if (bytes.length > this.#scratchLength) {
      this.#scratchLength = Math.max(bytes.length, this.#scratchLength * 2);
      this.#scratch = this.#lua._malloc(this.#scratchLength);
      if (this.#scratch === 0) throw new LuaError('not enough memory');
    }
    bytes.copy(Buffer.from(this.#memory.buffer), this.#scratch);
    return this.#scratch;
  }
}

/** Strings that go in end at a NUL: see PRELUDE. */
function escaped(text: Buffer): Buffer {
  if (!text.includes(0) && !text.includes(1)) return text;
  const escapes = text
    .toString('latin1')
    .replaceAll('\x01', '\x01\x02')
    .replaceAll('\0', '\x01\x01');
  return Buffer.from(escapes, 'latin1');
}
