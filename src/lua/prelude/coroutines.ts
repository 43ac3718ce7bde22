/** What makes a script something that can be suspended: the hook, and `pcall` and coroutines that hand on what passes through them. Lua 5.1, a part of PRELUDE. */
export const COROUTINES = `
-- A hook suspends what runs for too long, so that the server's loop turns; where Lua can't be suspended, it ends that at last
local STRIDE, TOO_LONG = 100000, {err = "ERR the script ran too long where it can't be suspended"}
local isOver = false
local function tick()
  isOver = true
  error(TOO_LONG, 0)
end
local function watched(co)
  sethook(co, tick, '', STRIDE)
  return co
end
-- Whoever catches that gets no further
local function checked(results)
  if isOver then error(TOO_LONG, 0) end
  return results
end
-- It was the hook, not a yield
local function isSliced(co)
  local info = getinfo(co, 0, 'S')
  return info ~= nil and info.what ~= 'C'
end
-- What runs inside was suspended: so is this, by the hook again, which knows whether it can be
local function suspend()
  sethook(tick, '', 1)
  sethook(tick, '', STRIDE)
end
-- pcall and coroutines that hand on what is asked of the server
local function forward(co, results)
  while status(co) == 'suspended' do
    if results[2] == MARK then
      results = pack(resume(co, ask(results[3])))
    elseif results.n == 1 and isSliced(co) then
      suspend()
      results = pack(resume(co))
    else break end
  end
  return checked(results)
end
-- Where an error was raised: what of the prelude is on the way counts as C
local function where(co)
  for level = 0, 100000 do
    local info = getinfo(co, level, 'Sl')
    if not info then return nil end
    if info.what ~= 'C' and info.what ~= 'tail' and info.source ~= '=prelude' then return info end
  end
end
local protected
local function handled(handler, err)
  local results = pack(protected(nil, handler, err))
  return false, results[1] and results[2] or 'error in error handling'
end
protected = function(handler, f, ...)
  if type(f) ~= 'function' then
    local mt = getmetatable(f)
    if not (type(mt) == 'table' and mt.__call) then
      local message = 'attempt to call a ' .. type(f) .. ' value'
      if handler then return handled(handler, message) end
      return false, message
    end
    local callee = f
    f = function(...) return callee(...) end
  end
  local results
  local ok, co = rawpcall(create, f)
  if ok then
    watched(co)
    results = pack(resume(co, ...))
    while status(co) == 'suspended' do
      if results.n == 1 and isSliced(co) then
        suspend()
        results = pack(resume(co))
      elseif results[2] == MARK then
        results = pack(resume(co, ask(results[3])))
      else
        results = pack(resume(co, yield(unpack(results, 2, results.n))))
      end
    end
  else
    -- A coroutine takes no C function, and none of those that a script finds suspends anything
    results = pack(rawpcall(f, ...))
  end
  checked(results)
  if not results[1] then
    local err = results[2]
    if handler then return handled(handler, err) end
    -- As Redis's own pcall, which hands on the words alone
    if type(err) == 'table' and type(rawget(err, 'err')) == 'string' then err = rawget(err, 'err') end
    return false, err
  end
  return unpack(results, 1, results.n)
end
local coroutines = {
  create = function(f) return watched(create(f)) end, status = status, running = running,
  resume = function(co, ...) 
    local results = forward(co, pack(resume(co, ...)))
    return unpack(results, 1, results.n)
  end,
  wrap = function(f)
    local co = watched(create(f))
    return function(...)
      local results = forward(co, pack(resume(co, ...)))
      if not results[1] then error(results[2], 2) end
      return unpack(results, 2, results.n)
    end
  end,
  yield = function(...)
    if running() == main then error('attempt to yield across metamethod/C-call boundary', 0) end
    return yield(...)
  end,
}
`;
