import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LuaFactory, LuaModule } from 'lua-wasm-bindings/dist/glue/glue-lua-5.1.5.js';

const GLUE = 'lua-wasm-bindings/dist/glue/glue-lua-5.1.5';
const PAGE = 65536;
/** The glue listens to them, which would keep all that Lua has for ever, and change what a defect of ours looks like. */
const EVENTS = ['uncaughtException', 'unhandledRejection'];

/** Lua, as it is compiled. */
export interface LoadedLua {
  readonly lua: LuaModule;
  readonly memory: WebAssembly.Memory;
  readonly table: WebAssembly.Table;
}

let compiled: WebAssembly.Module | undefined;

/** Loads Lua 5.1 in steps of a few milliseconds; it gets no more than `memoryLimit` bytes. */
export function* loadLua(memoryLimit: number): Generator<void, LoadedLua> {
  // Only who runs a script pays for it.
  const require = createRequire(import.meta.url);
  const factory: LuaFactory = require(`${GLUE}.js`);
  yield;
  compiled ??= new WebAssembly.Module(readFileSync(require.resolve(`${GLUE}.wasm`)));
  const module = compiled;
  yield;
  let exports: readonly unknown[] = [];
  const before = new Set(EVENTS.flatMap((event) => process.listeners(event as NodeJS.Signals)));
  const lua = factory({
    print() {},
    printErr() {},
    // There are no files, and so no standard streams either.
    noFSInit: true,
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      exports = Object.values(instance.exports);
      limit(memoryOf(exports), memoryLimit);
      receive(instance);
      return instance.exports;
    },
  });
  for (const event of EVENTS) {
    for (const listener of process.listeners(event as NodeJS.Signals)) {
      if (!before.has(listener)) process.removeListener(event, listener);
    }
  }
  const table = exports.find((each) => each instanceof WebAssembly.Table) as WebAssembly.Table;
  return { lua, memory: memoryOf(exports), table };
}

function memoryOf(exports: readonly unknown[]): WebAssembly.Memory {
  return exports.find((each) => each instanceof WebAssembly.Memory) as WebAssembly.Memory;
}

/** A script that needs more ends with an error. */
function limit(memory: WebAssembly.Memory, bytes: number): void {
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE > bytes) throw new RangeError('too much');
    return WebAssembly.Memory.prototype.grow.call(memory, pages);
  };
}
