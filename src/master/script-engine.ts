import { LuaState } from '../lua/lua-state.js';

/** What Lua may take. Beyond it a script ends with an error. */
const MEMORY_LIMIT = 64 << 20;

/**
 * Lua, for those who have scripts: started with the first of them, in steps between which the master's loop turns, since all of it takes tens of milliseconds.
 *
 *     none ── begin ──▶ starting ── its last step ──▶ started
 *      ▲                                                │
 *      └──────────────────── crashed ───────────────────┘
 */
export class ScriptEngine {
  /** It has been started once: scripts need not be put off any more. One that meets it while it starts anew has that finished at once. */
  hasStarted = false;
  /** The first start is over. */
  onStarted: () => void = () => {};
  readonly #fill: (lua: LuaState) => Generator<void>;
  #starting: Generator<void, LuaState> | undefined;
  #lua: LuaState | undefined;
  readonly #waiting: (() => void)[] = [];

  /** `fill` loads what is kept, in steps. */
  constructor(fill: (lua: LuaState) => Generator<void>) {
    this.#fill = fill;
  }

  /** Calls `then` when it is started, or has turned out to fail. */
  begin(then: () => void): void {
    if (this.#lua !== undefined) {
      then();
      return;
    }
    this.#waiting.push(then);
    if (this.#starting !== undefined) return;
    this.#starting = this.#start();
    this.#goOn();
  }

  /** What Lua has of the system's memory; 0 while it is not there. */
  get bytes(): number {
    return this.#lua?.bytes ?? 0;
  }

  /** Throws when it can't be started. */
  get lua(): LuaState {
    while (this.#lua === undefined) this.#step();
    return this.#lua;
  }

  /** Scripts are kept no more. */
  forget(): void {
    this.#lua?.forget();
  }

  /** Nothing more can be done with this one: there is to be another. */
  crashed(): void {
    if (this.#lua === undefined) return;
    this.#lua = undefined;
    this.begin(() => {});
  }

  #goOn(): void {
    setImmediate(() => {
      if (this.#lua !== undefined) return;
      try {
        this.#step();
      } catch {
        // Who needs it meets the error.
        return;
      }
      this.#goOn();
    });
  }

  #step(): void {
    this.#starting ??= this.#start();
    try {
      const next = this.#starting.next();
      if (next.done !== true) return;
      this.#lua = next.value;
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
  }

  #end(): void {
    this.#starting = undefined;
    const isFirst = !this.hasStarted;
    this.hasStarted = true;
    for (const then of this.#waiting.splice(0)) then();
    if (isFirst) this.onStarted();
  }

  *#start(): Generator<void, LuaState> {
    const lua = yield* LuaState.start(MEMORY_LIMIT);
    yield* this.#fill(lua);
    return lua;
  }
}
