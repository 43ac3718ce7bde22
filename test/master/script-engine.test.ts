import test from 'ava';
import type { LuaState } from '#dist/lua/lua-state.js';
import { ScriptEngine } from '#dist/master/script-engine.js';

/** An engine with one script kept, and what it told. */
function engineWith(...sources: string[]) {
  const told: string[] = [];
  const engine = new ScriptEngine(function* (lua: LuaState) {
    for (const [i, source] of sources.entries()) {
      lua.load(String(i), Buffer.from(source));
      yield;
    }
    told.push('filled');
  });
  engine.onStarted = () => told.push('started');
  return { engine, told };
}

function run(lua: LuaState, id: string): string {
  lua.beginSlice(5);
  return lua
    .step(Buffer.from(`S*3\r\n$${id.length}\r\n${id}\r\n$1\r\n2\r\n$1\r\n0\r\n`))
    .toString();
}

test('the start of Lua lets others in between its steps', async (t) => {
  const { engine, told } = engineWith('return 7');
  let isThere = false;
  engine.begin(() => {
    isThere = true;
    told.push('first');
  });
  engine.begin(() => told.push('second'));
  t.false(engine.hasStarted);
  let turns = 0;
  while (!isThere) {
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The glue, the code, the instance, the state, the prelude, each library, each script.
  t.true(turns >= 7, `${turns}`);
  t.true(engine.hasStarted);
  t.deepEqual(told, ['filled', 'first', 'second', 'started']);
  t.is(run(engine.lua, '0'), 'D:7\r\n');
  engine.begin(() => told.push('at once'));
  t.is(told.at(-1), 'at once');
});

test('who needs Lua at once has its start finished, and whoever waits is told', (t) => {
  const { engine, told } = engineWith('return 8');
  engine.begin(() => told.push('begun'));
  t.is(run(engine.lua, '0'), 'D:8\r\n');
  t.deepEqual(told, ['filled', 'begun', 'started']);
});

test('behind a crash another Lua is started by itself, with what is kept', async (t) => {
  const { engine, told } = engineWith('return 9');
  const { lua } = engine;
  engine.crashed();
  t.deepEqual(told.splice(0), ['filled', 'started']);
  await new Promise<void>((resolve) => engine.begin(resolve));
  t.deepEqual(told, ['filled']);
  t.not(engine.lua, lua);
  t.is(run(engine.lua, '0'), 'D:9\r\n');
});

test('what fails while Lua starts is told to whoever needs it, each time', async (t) => {
  const { engine, told } = engineWith('no Lua');
  await new Promise<void>((resolve) => engine.begin(resolve));
  t.true(engine.hasStarted);
  t.throws(() => engine.lua, { message: /user_script/ });
  t.throws(() => engine.lua, { message: /user_script/ });
  t.deepEqual(told, ['started']);
});

test('Lua leaves nothing behind in the process but itself', (t) => {
  const before = process.listenerCount('uncaughtException');
  t.is(typeof engineWith().engine.lua, 'object');
  t.is(process.listenerCount('uncaughtException'), before);
});
