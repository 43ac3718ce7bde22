/** What the server calls: it begins a script, goes on with it, and keeps what is loaded. Lua 5.1, a part of PRELUDE. */
export const PUMP = String.raw`
local protocol, id
local function failed(err)
  local info = where(main)
  if type(err) ~= 'table' then err = {err = 'ERR ' .. tostring(err)} end
  local words = type(err.err) == 'string' and ended(err.err) or 'ERR unknown error'
  if info then words = words .. ' script: ' .. id .. ', on ' .. info.source .. ':' .. info.currentline .. '.' end
  return 'D-' .. line(words) .. '\r\n'
end
-- Lua 5.1 does not collect when memory runs out
local function over(message)
  main, values.KEYS, values.ARGV = nil, nil, nil
  if gcinfo() > 16384 then collectgarbage() end
  return message
end
local function pump(...)
  local ok, kind, message = resume(main, ...)
  if status(main) == 'suspended' then
    if kind == MARK then return message end
    if isSliced(main) then return 'T' end
    return 'D-ERR attempt to yield across metamethod/C-call boundary\r\n'
  end
  return over(ok and 'D' .. reply(kind, protocol, 0) or failed(kind))
end

local FUNCTIONS = {}
function keep(name, f) FUNCTIONS[name] = setfenv(f, G.self) end
function step(input)
  local kind, rest = sub(input, 1, 1), decode(sub(input, 2))
  if kind == 'T' then return pump() end
  if kind == 'K' then return over(failed({err = 'ERR Script killed by user with SCRIPT KILL...'})) end
  if kind ~= 'S' then return pump(kind == 'R' and sub(input, 2) or rest) end
  local words = parse(rest, 1)
  id, protocol = words[1], tonumber(words[2])
  local count, keys, arguments = tonumber(words[3]), {}, {}
  for i = 1, count do keys[i] = words[3 + i] end
  for i = count + 4, #words do arguments[i - count - 3] = words[i] end
  values.KEYS, values.ARGV = keys, arguments
  resp = 2
  isOver = false
  main = watched(create(FUNCTIONS[id]))
  return pump()
end
function forget() FUNCTIONS = {} end
function dump(f) return dumping(f) end
`;
