import { isWithinC } from './direct-call.js';

/** Where Lua 5.1.5, compiled for 32 bits, has what is used of a `lua_State` (lstate.h); `of` looks whether that is so. */
const State = {
  status: 6,
  top: 8,
  base: 12,
  savedCode: 24,
  hookMask: 56,
  hookCount: 60,
  hook: 68,
} as const;

const YIELDED = 1;
const INSTRUCTION = 4;
const MASK_COUNT = 8;
/** An unlikely count, by which the hook's place is known. */
const COUNT = 1_000_003;

/** What Lua can't suspend (a metamethod that was called, say) is ended when it has run for so long. */
const UNSUSPENDED_MS = 2000;

/** A module that hands on a call of a hook, since a table of WebAssembly takes its own functions only: `(i32, i32)`, imported as a.a, exported as a. */
const TRAMPOLINE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 6, 1, 0x60, 2, 0x7f, 0x7f, 0],
  ...[2, 7, 1, 1, 0x61, 1, 0x61, 0, 0],
  ...[7, 5, 1, 1, 0x61, 0, 0],
]);

type Hook = (state: number, record: number) => void;

/**
 * Suspends what runs in Lua when its time is over: Lua 5.1 lets a count hook yield, and goes on behind it with the next instruction. Hooks that are set in Lua
 * (`debug.sethook`) come here in place of the library's own function, which calls what was set: here, what raises the error that ends a script.
 */
export class SliceHook {
  readonly #memory: WebAssembly.Memory;
  readonly #raise: Hook;
  #beganMs = 0;
  #endMs = 0;
  /** The state that was suspended last: the outermost, since those within it go first. */
  #suspended = 0;

  /** `setHook` sets a hook in the state, or takes it away (0), by `debug.sethook`. */
  constructor(
    memory: WebAssembly.Memory,
    table: WebAssembly.Table,
    state: number,
    setHook: (count: number) => void,
  ) {
    this.#memory = memory;
    setHook(COUNT);
    const view = new DataView(memory.buffer);
    const isKnown =
      view.getUint8(state + State.hookMask) === MASK_COUNT &&
      view.getInt32(state + State.hookCount, true) === COUNT;
    if (!isKnown) throw new Error('the state of this Lua is laid out in another way');
    const place = view.getUint32(state + State.hook, true);
    setHook(0);
    this.#raise = table.get(place) as Hook;
    const imports = { a: { a: (running: number, record: number) => this.#tick(running, record) } };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), imports);
    table.set(place, exports.a);
  }

  /** What runs from now on is suspended after so long. */
  begin(sliceMs: number): void {
    this.#suspended = 0;
    this.#beganMs = performance.now();
    this.#endMs = this.#beganMs + sliceMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** What was suspended is not gone on with: the instruction that it had come to counts as where it ended. */
  abandon(): void {
    if (this.#suspended === 0) return;
    const view = new DataView(this.#memory.buffer);
    const at = this.#suspended + State.savedCode;
    view.setUint32(at, view.getUint32(at, true) + INSTRUCTION, true);
    this.#suspended = 0;
  }

  #tick(running: number, record: number): void {
    const nowMs = performance.now();
    if (nowMs < this.#endMs) return;
    if (isWithinC(this.#memory, running)) {
      if (nowMs - this.#beganMs >= UNSUSPENDED_MS) this.#raise(running, record);
      return;
    }
    // As lua_yield does, with no results.
    const view = new DataView(this.#memory.buffer);
    view.setUint32(running + State.base, view.getUint32(running + State.top, true), true);
    view.setUint8(running + State.status, YIELDED);
    this.#suspended = running;
  }
}
