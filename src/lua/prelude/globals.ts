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
strings.dump = function() error('unable to dump given function', 2) end
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
  local f, problem = loadstring(s, name)
  if f then setfenv(f, G.self) end
  return f, problem
end
local values = {
  _VERSION = _VERSION, assert = assert, collectgarbage = collectgarbage, error = error, gcinfo = gcinfo,
  getmetatable = getmetatable, ipairs = ipairs, newproxy = newproxy, next = function(t, k) return next(sealed[t] or t, k) end,
  pairs = function(t) return pairs(sealed[t] or t) end, rawequal = rawequal,
  rawget = function(t, k) return rawget(sealed[t] or t, k) end,
  rawset = function(t, k, v) denied(t) return rawset(t, k, v) end, select = select,
  setmetatable = function(t, mt) denied(t) return setmetatable(t, mt) end,
  tonumber = tonumber, tostring = tostring, type = type, unpack = function(t, ...) return unpack(sealed[t] or t, ...) end,
  loadstring = compiled,
  load = function(f, name)
    local pieces = {}
    while true do
      local piece = f()
      if piece == nil or piece == '' then break end
      pieces[#pieces + 1] = piece
    end
    return compiled(concat(pieces), name or '=(load)')
  end,
  setfenv = function(f, env)
    if type(f) == 'number' then
      if f == 0 then error(READONLY, 2) end
      f = f + 1
    end
    return setfenv(f, env)
  end,
  getfenv = function(f)
    if f == 0 or f == nil then return G.self end
    if type(f) == 'number' then f = f + 1 end
    local env = getfenv(f)
    return rawequal(env, _G) and G.self or env
  end,
  pcall = function(f, ...) return protected(nil, f, ...) end,
  xpcall = function(f, handler) return protected(handler, f) end,
  redis = seal(redis), math = seal(maths), string = seal(strings),
  table = seal(tables), coroutine = seal(coroutines),
}
G.self = setmetatable({}, {
  __index = function(_, k)
    local v = values[k]
    if v == nil then
      error("Script attempted to access nonexistent global variable '" .. tostring(k) .. "'", 2)
    end
    return v
  end,
  __newindex = function() error(READONLY, 2) end,
  __metatable = false,
})
sealed[G.self] = values
values._G = G.self

-- For the libraries: what a script finds of each, and what they need of this
function provide(name, library) values[name] = seal(library) end
shared = {blame = blame, format = format, gsub = gsub}
`;
