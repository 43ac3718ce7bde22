/** What the rest of the prelude is made of: names of Lua's own functions, and what all parts share. Lua 5.1, a part of PRELUDE. */
export const BASE = String.raw`
local type, tostring, tonumber, select, unpack, error, pairs, ipairs, next, assert, rawget, rawset, setmetatable, getmetatable, rawequal, loadstring, setfenv, getfenv, gcinfo, newproxy, collectgarbage =
  type, tostring, tonumber, select, unpack, error, pairs, ipairs, next, assert, rawget, rawset, setmetatable, getmetatable, rawequal, loadstring, setfenv, getfenv, gcinfo, newproxy, collectgarbage
local yield, create, resume, status, running = coroutine.yield, coroutine.create, coroutine.resume, coroutine.status, coroutine.running
local sub, byte, char, find, format, gsub, rep, concat, floor, ceil = string.sub, string.byte, string.char, string.find, string.format, string.gsub, string.rep, table.concat, math.floor, math.ceil
local rawpcall = pcall
local getinfo, sethook = debug.getinfo, debug.sethook
local remove = table.remove
-- Put there by the server: see ask
local direct = io.tmpfile
local MARK = {}
local READONLY = 'Attempt to modify a readonly table'
local main, resp, sealed = nil, 2, {}

local function decode(s)
  if not find(s, '\1', 1, true) then return s end
  return (gsub(s, '\1(.)', function(c) return c == '\1' and '\0' or '\1' end))
end

-- What the server has for a wish: where a script can't be suspended (in a metamethod, an iterator), at once
local function ask(wish)
  local answer = direct(wish)
  if answer == nil then return yield(MARK, wish) end
  if byte(answer) == 82 then return sub(answer, 2) end
  return decode(sub(answer, 2))
end

local function raise(message, level) error({err = 'ERR ' .. message}, level or 2) end

-- Raises an error that names the place of the script from where all this was called
local function blame(message)
  for level = 2, 8000 do
    local info = getinfo(level, 'Sl')
    if not info or info.what == 'C' then error(message, 0) end
    if info.source ~= '=prelude' and info.currentline > 0 then
      error(info.short_src .. ':' .. info.currentline .. ': ' .. message, 0)
    end
  end
  error(message, 0)
end

local function pack(...) return {n = select('#', ...), ...} end
`;
