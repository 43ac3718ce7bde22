/** Replies of the server as values of Lua, and values of Lua as replies to a client. Lua 5.1, a part of PRELUDE. */
export const RESP = String.raw`
-- RESP to Lua
local function parse(s, i)
  local kind, eol = sub(s, i, i), find(s, '\r\n', i, true)
  local line, after = sub(s, i + 1, eol - 1), eol + 2
  if kind == ':' then return tonumber(line), after
  elseif kind == '$' then
    local n = tonumber(line)
    if n < 0 then return false, after end
    return sub(s, after, after + n - 1), after + n + 2
  elseif kind == '+' then return {ok = line}, after
  elseif kind == '-' then return {err = line}, after
  elseif kind == '*' or kind == '>' then
    local n = tonumber(line)
    if n < 0 then return false, after end
    local t = {}
    for k = 1, n do t[k], after = parse(s, after) end
    return t, after
  elseif kind == '%' then
    local t = {}
    for _ = 1, tonumber(line) do
      local k, v
      k, after = parse(s, after)
      v, after = parse(s, after)
      t[k] = v
    end
    return {map = t}, after
  elseif kind == '~' then
    local t = {}
    for _ = 1, tonumber(line) do
      local k
      k, after = parse(s, after)
      t[k] = true
    end
    return {set = t}, after
  elseif kind == '#' then return line == 't', after
  elseif kind == ',' then return {double = tonumber(line)}, after
  elseif kind == '(' then return {big_number = line}, after
  elseif kind == '=' then
    local n = tonumber(line)
    local text = sub(s, after, after + n - 1)
    return {verbatim_string = {format = sub(text, 1, 3), string = sub(text, 5)}}, after + n + 2
  end
  return nil, after
end

local function whole(n)
  if n ~= n or n >= 9223372036854775808 or n < -9223372036854775808 then return '-9223372036854775808' end
  local text = format('%.0f', n < 0 and ceil(n) or floor(n))
  return text == '-0' and '0' or text
end

local function double(n)
  if n == 1 / 0 then return 'inf' elseif n == -1 / 0 then return '-inf' end
  return format('%.17g', n)
end

-- As C takes it: no longer than to a NUL
local function ended(s)
  local stop = find(s, '\0', 1, true)
  return stop and sub(s, 1, stop - 1) or s
end
local function line(s) return (gsub(s, '[\r\n]', ' ')) end

-- Lua to RESP, for a client of protocol 'to'
local function reply(v, to, depth)
  local t = type(v)
  if depth > 7000 then return '-ERR reached lua stack limit\r\n' end
  if t == 'string' then return '$' .. #v .. '\r\n' .. v .. '\r\n'
  elseif t == 'number' then return ':' .. whole(v) .. '\r\n'
  elseif t == 'boolean' then
    if resp == 2 then return v and ':1\r\n' or (to == 3 and '_\r\n' or '$-1\r\n') end
    if to == 3 then return v and '#t\r\n' or '#f\r\n' end
    return v and ':1\r\n' or ':0\r\n'
  elseif t == 'table' then
    local x = rawget(v, 'err')
    if type(x) == 'string' then return '-' .. line(ended(x)) .. '\r\n' end
    x = rawget(v, 'ok')
    if type(x) == 'string' then return '+' .. line(ended(x)) .. '\r\n' end
    x = rawget(v, 'double')
    if type(x) == 'number' then
      local text = double(x)
      return to == 3 and (',' .. text .. '\r\n') or ('$' .. #text .. '\r\n' .. text .. '\r\n')
    end
    x = rawget(v, 'big_number')
    if type(x) == 'string' then
      x = line(x)
      return to == 3 and ('(' .. x .. '\r\n') or ('$' .. #x .. '\r\n' .. x .. '\r\n')
    end
    x = rawget(v, 'verbatim_string')
    if type(x) == 'table' and type(rawget(x, 'format')) == 'string' and type(rawget(x, 'string')) == 'string' then
      local text = x.string
      if to == 3 then
        local f = sub(x.format .. '   ', 1, 3)
        return '=' .. (#text + 4) .. '\r\n' .. f .. ':' .. text .. '\r\n'
      end
      return '$' .. #text .. '\r\n' .. text .. '\r\n'
    end
    local out, n = {}, 0
    x = rawget(v, 'map')
    if type(x) == 'table' then
      for k, each in next, x do
        out[#out + 1] = reply(k, to, depth + 1) .. reply(each, to, depth + 1)
        n = n + 1
      end
      return (to == 3 and '%' .. n or '*' .. 2 * n) .. '\r\n' .. concat(out)
    end
    x = rawget(v, 'set')
    if type(x) == 'table' then
      for k in next, x do out[#out + 1] = reply(k, to, depth + 1) end
      return (to == 3 and '~' or '*') .. #out .. '\r\n' .. concat(out)
    end
    while true do
      local each = rawget(v, n + 1)
      if each == nil then break end
      n = n + 1
      out[n] = reply(each, to, depth + 1)
    end
    return '*' .. n .. '\r\n' .. concat(out)
  end
  return to == 3 and '_\r\n' or '$-1\r\n'
end
`;
