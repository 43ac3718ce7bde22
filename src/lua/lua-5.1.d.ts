declare module 'lua-wasm-bindings/dist/glue/glue-lua-5.1.5.js' {
  /** The exports of the compiled Lua, with pointers as numbers. */
  export interface LuaModule {
    _malloc(size: number): number;
    _luaL_newstate(): number;
    _luaL_openlibs(state: number): void;
    _luaL_loadbuffer(state: number, bytes: number, length: number, name: number): number;
    _lua_close(state: number): void;
    _lua_getfield(state: number, index: number, name: number): void;
    _lua_gettop(state: number): number;
    _lua_insert(state: number, index: number): void;
    _lua_pcall(state: number, inputs: number, outputs: number, handler: number): number;
    _lua_pushstring(state: number, text: number): void;
    _lua_settop(state: number, index: number): void;
    _lua_tolstring(state: number, index: number, length: number): number;
  }
  /** What the module is, as a CommonJS one. */
  export type LuaFactory = (options: {
    print(text: string): void;
    printErr(text: string): void;
    readonly noFSInit: boolean;
    instantiateWasm(
      imports: object,
      receive: (instance: WebAssembly.Instance) => void,
    ): WebAssembly.Instance['exports'];
  }) => LuaModule;
}

/** What is used of it; Node's types leave it to the browser's. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
    grow: (pages: number) => number;
  }
  class Table {
    get(index: number): unknown;
    set(index: number, value: unknown): void;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: object);
  }
}
