/** The globals of a script. Lua 5.1, a part of PRELUDE. */
export const GLOBALS = `
-- The globals: what is there can't be changed, and nothing is added
local G = {}
local function seal(t, name)
  local proxy = setmetatable({}, {
    __index = t,
    __newindex = function() error(READONLY, 2) end,
    __metatable = false,
  })
  sealed[proxy] = t
  return proxy
end
local function denied(t) if sealed[t] then error(READONLY, 0) end end

local maths, strings, tables = {}, {}, {}
for k, v in pairs(math) do maths[k] = v end
for k, v in pairs(string) do strings[k] = v end
for k, v in pairs(table) do tables[k] = v end
maths.randomseed, maths.random = randomseed, random
strings.format, strings.gsub = formatted, substituted
tables.sort, tables.foreach, tables.foreachi = sortedBy, each, eachOfList
local dumping = string.dump
strings.dump = function(...)
  local f = ...
  if type(f) == 'function' and getinfo(f, 'S').source == '=prelude' then blame('unable to dump given function') end
  return attempt('dump', dumping, ...)
end
for k, v in pairs(strings) do string[k] = v end
for _, name in ipairs({'insert', 'remove', 'setn'}) do
  local original = tables[name]
  tables[name] = function(...)
    local t, at = ...
    denied(t)
    local n = select('#', ...)
    if type(t) == 'table' and (n == 2 or (n == 3 and type(at) == 'number')) then return original(...) end
    return attempt(name, original, ...)
  end
end
local sortOf = tables.sort
tables.sort = function(...)
  denied((...))
  return sortOf(...)
end
getmetatable('').__metatable = false

local function compiled(s, name)
  if type(s) == 'string' and byte(s) == 27 then return nil, 'bytecode is not allowed' end
  if type(s) ~= 'string' or (name ~= nil and type(name) ~= 'string') then return attempt('loadstring', loadstring, s, name) end
  local f, problem = loadstring(s, name)
  if f then return setfenv(f, G.self) end
  return nil, problem
end
-- A function of Lua's library over what a sealed table stands for
local function over(name, f)
  return function(...)
    local t = sealed[(...)]
    if t then return f(t, select(2, ...)) end
    if type((...)) == 'table' then return f(...) end
    return attempt(name, f, ...)
  end
end
-- One that changes the table
local function changing(name, f)
  return function(...)
    denied((...))
    return attempt(name, f, ...)
  end
end
local values = {
  _VERSION = _VERSION, assert = assert, collectgarbage = collectgarbage, error = error, gcinfo = gcinfo,
  getmetatable = function(...)
    local v = ...
    if sealed[v] then return sealed.metatables[v] end
    if type(v) == 'string' then return sealed.metatables.string end
    return attempt('getmetatable', getmetatable, ...)
  end,
  ipairs = ipairs, next = over('next', next), pairs = over('pairs', pairs),
  rawequal = rawequal, rawget = over('rawget', rawget), rawset = changing('rawset', rawset), select = select,
  setmetatable = changing('setmetatable', setmetatable), tonumber = tonumber, tostring = tostring, type = type,
  unpack = function(...)
    local t = ...
    if select('#', ...) == 1 and type(t) == 'table' and not sealed[t] and #t < 4000 then return unpack(t) end
    return attempt('unpack', unpack, sealed[t] or t, select(2, ...))
  end,
  loadstring = compiled,
  load = function(f, name)
    if type(f) ~= 'function' then blame("bad argument #1 to 'load' (function expected, got " .. type(f) .. ')') end
    local pieces = {}
    while true do
      local piece = f()
      if piece == nil or piece == '' then break end
      if type(piece) ~= 'string' and type(piece) ~= 'number' then
        local caller = getinfo(2, 'Sl')
        return nil, caller.short_src .. ':' .. caller.currentline .. ': reader function must return a string'
      end
      pieces[#pieces + 1] = piece
    end
    return compiled(concat(pieces), name or '=(load)')
  end,
  pcall = function(f, ...) return protected(nil, f, ...) end,
  xpcall = function(f, handler) return protected(handler, f) end,
  redis = seal(redis), math = seal(maths), string = seal(strings),
  table = seal(tables), coroutine = seal(coroutines),
}
local function global(_, k)
  local v = values[k]
  if v == nil then
    error("Script attempted to access nonexistent global variable '" .. tostring(k) .. "'", 2)
  end
  return v
end
G.self = setmetatable({}, {
  __index = global,
  __newindex = function() error(READONLY, 2) end,
  __metatable = false,
})
sealed[G.self] = values
values._G = G.self
-- What a script may look at, but not change
sealed.metatables = {[G.self] = seal({__index = global}), string = seal({__index = values.string})}

-- For the libraries: what a script finds of each, and what they need of this
function provide(name, library) values[name] = seal(library) end
shared = {blame = blame, format = format, gsub = gsub}
`;
