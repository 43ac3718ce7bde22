import test from 'ava';
import { LuaState } from '#dist/lua/lua-state.js';

const EVENTS = ['uncaughtException', 'unhandledRejection'];

test('a Lua leaves no handlers behind in its process', (t) => {
  const handlers = () => EVENTS.map((event) => process.listenerCount(event));
  const before = handlers();
  const lua = new LuaState(64 << 20);
  lua.load('id', Buffer.from('return 1'));
  t.deepEqual(handlers(), before);
});
