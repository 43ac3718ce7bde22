/** The table `cmsgpack`: MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md). Lua 5.1, one of LIBRARIES. */
export const CMSGPACK = String.raw`
local type, tonumber, tostring, select, next, unpack, error = type, tonumber, tostring, select, next, unpack, error
local sub, byte, char, concat, floor = string.sub, string.byte, string.char, table.concat, math.floor
local blame, binary = shared.blame, shared.binary
local NESTING = 16

local function sized(n, size) return sub(binary.eight(n), 9 - size) end
local function integer(n)
  if n >= 0 then
    if n < 128 then return char(n) end
    if n < 256 then return '\204' .. char(n) end
    if n < 65536 then return '\205' .. sized(n, 2) end
    if n < 4294967296 then return '\206' .. sized(n, 4) end
    return '\207' .. sized(n, 8)
  end
  if n >= -32 then return char(n + 256) end
  if n >= -128 then return '\208' .. char(n + 256) end
  if n >= -32768 then return '\209' .. sized(n, 2) end
  if n >= -2147483648 then return '\210' .. sized(n, 4) end
  return '\211' .. sized(n, 8)
end
local function numeral(n)
  if n - n == 0 and floor(n) == n and n >= -9223372036854775808 and n < 9223372036854775808 then return integer(n) end
  local float = binary.float(n)
  if binary.floatAt(float, 1) == n then return '\202' .. float end
  return '\203' .. binary.double(n)
end
local function head(n, small, fixed, two, four)
  if n < small then return char(fixed + n) end
  if n < 65536 then return two .. sized(n, 2) end
  return four .. sized(n, 4)
end
local function text(s)
  local n = #s
  if n >= 32 and n < 256 then return '\217' .. char(n) .. s end
  return head(n, 32, 160, '\218', '\219') .. s
end
-- How many there are, and whether they are a list
local function count(t)
  local n, most, isList = 0, 0, true
  for k in next, t do
    n = n + 1
    if type(k) ~= 'number' or k <= 0 or floor(k) ~= k or k > 2147483647 then isList = false
    elseif k > most then most = k end
  end
  return n, isList and most == n
end
local function encode(v, level, out)
  local t = type(v)
  if t == 'string' then out[#out + 1] = text(v)
  elseif t == 'boolean' then out[#out + 1] = v and '\195' or '\194'
  elseif t == 'number' then out[#out + 1] = numeral(v)
  elseif t == 'table' and level < NESTING then
    local n, isList = count(v)
    if isList then
      out[#out + 1] = head(n, 16, 144, '\220', '\221')
      for i = 1, n do encode(v[i], level + 1, out) end
    else
      out[#out + 1] = head(n, 16, 128, '\222', '\223')
      for k, each in next, v do
        encode(k, level + 1, out)
        encode(each, level + 1, out)
      end
    end
  else out[#out + 1] = '\192' end
end

local function need(s, i, size)
  if i + size - 1 > #s then blame('Missing bytes in input.') end
  return size
end
local function signed(s, i, size)
  local high, low = binary.read(s, i, need(s, i, size))
  return binary.signed(high, low, size * 8 - 1)
end
local function unsigned(s, i, size)
  local high, low = binary.read(s, i, need(s, i, size))
  return high * 4294967296 + low
end
local decode
local function list(s, i, n)
  local t = {}
  for at = 1, n do t[at], i = decode(s, i) end
  return t, i
end
local function map(s, i, n)
  local t = {}
  for _ = 1, n do
    local k, v
    k, i = decode(s, i)
    v, i = decode(s, i)
    if k == nil then error('table index is nil', 0) end
    if k ~= k then error('table index is NaN', 0) end
    t[k] = v
  end
  return t, i
end
local function bytes(s, i, n)
  need(s, i, n)
  return sub(s, i, i + n - 1), i + n
end
local VALUES = {[192] = {}, [194] = {false}, [195] = {true}}
local NUMBERS = {
  [204] = {unsigned, 1}, [205] = {unsigned, 2}, [206] = {unsigned, 4}, [207] = {signed, 8},
  [208] = {signed, 1}, [209] = {signed, 2}, [210] = {signed, 4}, [211] = {signed, 8},
  [202] = {binary.floatAt, 4}, [203] = {binary.doubleAt, 8},
}
local PARTS = {
  [217] = {bytes, 1}, [218] = {bytes, 2}, [219] = {bytes, 4}, [220] = {list, 2}, [221] = {list, 4}, [222] = {map, 2}, [223] = {map, 4},
}
-- The value at i, and what follows
decode = function(s, i)
  need(s, i, 1)
  local kind = byte(s, i)
  i = i + 1
  if kind < 128 then return kind, i end
  if kind >= 224 then return kind - 256, i end
  if kind < 144 then return map(s, i, kind - 128) end
  if kind < 160 then return list(s, i, kind - 144) end
  if kind < 192 then return bytes(s, i, kind - 160) end
  if VALUES[kind] then return VALUES[kind][1], i end
  local rule = NUMBERS[kind]
  if rule then
    need(s, i, rule[2])
    return rule[1](s, i, rule[2]), i + rule[2]
  end
  rule = PARTS[kind]
  if not rule then blame('Bad data format in input.') end
  return rule[1](s, i + rule[2], unsigned(s, i, rule[2]))
end

local function argument(name, at, v, kind, given)
  local isFit = type(v) == 'number' or type(v) == 'string' and (kind == 'string' or tonumber(v))
  if not isFit then
    blame('bad argument #' .. at .. " to '" .. name .. "' (" .. kind .. ' expected, got ' .. (at > given and 'no value' or type(v)) .. ')')
  end
  if kind == 'string' then return tostring(v) end
  v = tonumber(v)
  return v < 0 and -floor(-v) or floor(v)
end
local function decoded(s, limit, offset)
  if offset < 0 or limit < 0 then
    blame('Invalid request to unpack with offset of ' .. offset .. ' and limit of ' .. #s .. '.')
  end
  if offset > #s then blame('Start offset ' .. offset .. ' greater than input length ' .. #s .. '.') end
  local isWhole, i, n, values = limit == 0 and offset == 0, offset + 1, 0, {}
  if isWhole then limit = 2147483647 end
  while i <= #s and n < limit do
    n = n + 1
    values[n], i = decode(s, i)
    if n > 7900 then blame('stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)') end
  end
  if isWhole then return unpack(values, 1, n) end
  return i > #s and -1 or i - 1, unpack(values, 1, n)
end
provide('cmsgpack', {
  _NAME = 'cmsgpack', _VERSION = 'lua-cmsgpack 0.4.0',
  pack = function(...)
    local n, out = select('#', ...), {}
    if n == 0 then blame("bad argument #0 to 'pack' (MessagePack pack needs input.)") end
    for i = 1, n do encode((select(i, ...)), 0, out) end
    return concat(out)
  end,
  unpack = function(...) return decoded(argument('unpack', 1, (...), 'string', select('#', ...)), 0, 0) end,
  unpack_one = function(...)
    local n, s, offset = select('#', ...), ...
    offset = offset == nil and 0 or argument('unpack_one', 2, offset, 'number', n)
    return decoded(argument('unpack_one', 1, s, 'string', n), 1, offset)
  end,
  unpack_limit = function(...)
    local n, s, limit, offset = select('#', ...), ...
    limit = argument('unpack_limit', 2, limit, 'number', n)
    offset = offset == nil and 0 or argument('unpack_limit', 3, offset, 'number', n)
    return decoded(argument('unpack_limit', 1, s, 'string', n), limit, offset)
  end,
})
`;
