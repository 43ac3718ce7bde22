/** The table `cjson`, of lua-cjson 2.1. Lua 5.1, one of LIBRARIES. */
export const CJSON = String.raw`
-- cjson
local type, tostring, tonumber, select, next, rawget, getmetatable, error =
  type, tostring, tonumber, select, next, rawget, getmetatable, error
local sub, byte, char, find, match, lower, concat, floor = string.sub, string.byte, string.char, string.find, string.match, string.lower, table.concat, math.floor
local blame, format, gsub = shared.blame, shared.format, shared.gsub
local NULL = newproxy(true)
getmetatable(NULL).__tostring = function() return 'userdata: (nil)' end
getmetatable(NULL).__metatable = false
local new
new = function()
-- What cjson's own functions set, for all scripts
local isSparseAllowed, sparseRatio, sparseSafe, encodeDepth, decodeDepth, precision = false, 2, 10, 1000, 1000, 14
local keepsBuffer, encodesInvalid, decodesInvalid = true, false, true

local ESCAPES = {['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t', ['\127'] = '\\u007f'}
local function quoted(s)
  return '"' .. gsub(s, '[%c"\\/\127]', function(c) return ESCAPES[c] or format('\\u%04x', byte(c)) end) .. '"'
end
local function unfit(v, why) blame('Cannot serialise ' .. (v == NULL and 'userdata' or type(v)) .. ': ' .. why) end
local function numeral(v)
  if v - v ~= 0 then
    if not encodesInvalid then unfit(v, 'must not be NaN or Inf') end
    if encodesInvalid == 'null' then return 'null' end
    if v ~= v then return 'nan' end
  end
  return format('%.' .. precision .. 'g', v)
end
-- How long a list it is; nil for an object
local function lengthOf(t)
  local most, count = 0, 0
  for k in next, t do
    if type(k) ~= 'number' or k < 1 or floor(k) ~= k then return nil end
    if k > most then most = k end
    count = count + 1
  end
  if sparseRatio > 0 and most > count * sparseRatio and most > sparseSafe then
    if not isSparseAllowed then unfit(t, 'excessively sparse array') end
    return nil
  end
  return most > 0 and most or nil
end
local function encode(v, depth)
  local t = type(v)
  if t == 'string' then return quoted(v)
  elseif t == 'number' then return numeral(v)
  elseif t == 'boolean' then return tostring(v)
  elseif t == 'nil' or v == NULL then return 'null'
  elseif t ~= 'table' then unfit(v, 'type not supported') end
  depth = depth + 1
  if depth > encodeDepth then blame('Cannot serialise, excessive nesting (' .. depth .. ')') end
  local length, out = lengthOf(v), {}
  if length then
    for i = 1, length do out[i] = encode(rawget(v, i), depth) end
    return '[' .. concat(out, ',') .. ']'
  end
  for k, each in next, v do
    local name
    if type(k) == 'string' then name = quoted(k)
    elseif type(k) == 'number' then name = '"' .. numeral(k) .. '"'
    else unfit(k, 'table key must be a number or string') end
    out[#out + 1] = name .. ':' .. encode(each, depth)
  end
  return '{' .. concat(out, ',') .. '}'
end

local function utf8(code)
  if code < 128 then return char(code) end
  if code < 2048 then return char(192 + floor(code / 64), 128 + code % 64) end
  if code < 65536 then return char(224 + floor(code / 4096), 128 + floor(code / 64) % 64, 128 + code % 64) end
  return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64, 128 + floor(code / 64) % 64, 128 + code % 64)
end
local UNESCAPES = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t', ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}
local SINGLE = {['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', [':'] = 'T_COLON', [','] = 'T_COMMA'}

-- Where a unicode escape at i ends, and its code; nothing if it is none
local function unicode(s, i)
  local code = tonumber(match(s, '^\\u(%x%x%x%x)', i) or '', 16)
  if not code or code < 55296 or code > 57343 then return code, i + 6 end
  local low = tonumber(match(s, '^\\u(%x%x%x%x)', i + 6) or '', 16)
  if code > 56319 or not low or low < 56320 or low > 57343 then return nil end
  return 65536 + (code - 55296) * 1024 + low - 56320, i + 12
end
-- The string token behind the quote at i: its text and what follows, or nil, the mistake and its place
local function text(s, i)
  local out = {}
  i = i + 1
  while true do
    local stop = find(s, '["\\%z]', i)
    if not stop or byte(s, stop) == 0 then return nil, 'unexpected end of string', stop or #s + 1 end
    out[#out + 1] = sub(s, i, stop - 1)
    local c, e = sub(s, stop, stop), sub(s, stop + 1, stop + 1)
    if c == '"' then return concat(out), stop + 1 end
    if e == 'u' then
      local code, after = unicode(s, stop)
      if not code then return nil, 'invalid unicode escape code', stop end
      out[#out + 1], i = utf8(code), after
    else
      if not UNESCAPES[e] then return nil, 'invalid escape code', stop end
      out[#out + 1], i = UNESCAPES[e], stop + 2
    end
  end
end
-- The number that C would read at i, and what follows
local function number(s, i)
  local stop
  local sign, rest = match(s, '^(-?)(%w*)', i)
  local word = lower(rest)
  if not decodesInvalid and (find(word, '^0[x%d]') or find(word, '^inf') or find(word, '^nan')) then return nil end
  local from = i + #sign
  if find(word, '^0x') then
    local whole = match(s, '^%x*', from + 2)
    local fraction = match(s, '^%.(%x*)', from + 2 + #whole)
    if #whole + #(fraction or '') > 0 then
      local sum, place = 0, 1
      for digit in string.gmatch(whole, '.') do sum = sum * 16 + tonumber(digit, 16) end
      for digit in string.gmatch(fraction or '', '.') do
        place = place / 16
        sum = sum + tonumber(digit, 16) * place
      end
      stop = from + 2 + #whole + (fraction and #fraction + 1 or 0)
      local power = match(s, '^[pP]([+-]?%d+)', stop)
      if power then sum, stop = sum * 2 ^ tonumber(power), stop + 1 + #power end
      return sign == '-' and -sum or sum, stop
    end
    return sign == '-' and -0 or 0, from + 1
  end
  if find(word, '^infinity') then return sign == '-' and -1 / 0 or 1 / 0, from + 8 end
  if find(word, '^inf') then return sign == '-' and -1 / 0 or 1 / 0, from + 3 end
  if find(word, '^nan') then
    local _, last = find(s, '^%([%w_]*%)', from + 3)
    return sign == '-' and 0 / 0 or -(0 / 0), (last or from + 2) + 1
  end
  local _, last = find(s, '^%d+%.?%d*', from)
  if not last then _, last = find(s, '^%.%d+', from) end
  if not last then return nil end
  local _, power = find(s, '^[eE][+-]?%d+', last + 1)
  last = power or last
  return tonumber(sub(s, i, last)), last + 1
end
-- The token at i: its type, its value or what is wrong with it, what follows, and its place
local function token(s, i)
  i = find(s, '[^ \t\r\n]', i) or #s + 1
  local c = sub(s, i, i)
  if i > #s or c == '\0' then return 'T_END', nil, i, i end
  if SINGLE[c] then return SINGLE[c], nil, i + 1, i end
  if c == '"' then
    local value, after, at = text(s, i)
    if not value then return 'T_ERROR', after, i, at end
    return 'T_STRING', value, after, i
  end
  if find(c, '[%d-]') then
    local value, after = number(s, i)
    if not value then return 'T_ERROR', 'invalid number', i, i end
    return 'T_NUMBER', value, after, i
  end
  if sub(s, i, i + 3) == 'true' then return 'T_BOOLEAN', true, i + 4, i end
  if sub(s, i, i + 4) == 'false' then return 'T_BOOLEAN', false, i + 5, i end
  if sub(s, i, i + 3) == 'null' then return 'T_NULL', NULL, i + 4, i end
  if decodesInvalid and find(c, '[+iInN]') then
    local signless = c == '+' and i + 1 or i
    local word = lower(sub(s, signless, signless + 2))
    if c == '+' or word == 'inf' or word == 'nan' then
      local value, after = nil, nil
      if c ~= '+' or sub(s, signless, signless) ~= '-' then value, after = number(s, signless) end
      if not value then return 'T_ERROR', 'invalid number', i, i end
      return 'T_NUMBER', value, after, i
    end
  end
  return 'T_ERROR', 'invalid token', i, i
end
local function expected(what, kind, value, at)
  blame('Expected ' .. what .. ' but found ' .. (kind == 'T_ERROR' and value or kind) .. ' at character ' .. at)
end
local function descend(depth, i)
  if depth > decodeDepth then blame('Found too many nested data structures (' .. depth .. ') at character ' .. i - 1) end
end
local decoded
local function object(s, i, depth)
  descend(depth, i)
  local t, kind, key, value, at = {}
  kind, key, i, at = token(s, i)
  if kind == 'T_OBJ_END' then return t, i end
  while true do
    if kind ~= 'T_STRING' then expected('object key string', kind, key, at) end
    kind, value, i, at = token(s, i)
    if kind ~= 'T_COLON' then expected('colon', kind, value, at) end
    t[key], i = decoded(s, depth, token(s, i))
    kind, value, i, at = token(s, i)
    if kind == 'T_OBJ_END' then return t, i end
    if kind ~= 'T_COMMA' then expected('comma or object end', kind, value, at) end
    kind, key, i, at = token(s, i)
  end
end
local function array(s, i, depth)
  descend(depth, i)
  local t, n, kind, value, after, at = {}, 0
  kind, value, after, at = token(s, i)
  if kind == 'T_ARR_END' then return t, after end
  while true do
    n = n + 1
    t[n], i = decoded(s, depth, kind, value, after, at)
    kind, value, i, at = token(s, i)
    if kind == 'T_ARR_END' then return t, i end
    if kind ~= 'T_COMMA' then expected('comma or array end', kind, value, at) end
    kind, value, after, at = token(s, i)
  end
end
decoded = function(s, depth, kind, value, i, at)
  if kind == 'T_OBJ_BEGIN' then return object(s, i, depth + 1) end
  if kind == 'T_ARR_BEGIN' then return array(s, i, depth + 1) end
  if value == nil or kind == 'T_ERROR' then expected('value', kind, value, at) end
  return value, i
end

local function one(name, ...)
  if select('#', ...) ~= 1 then blame("bad argument #1 to '" .. name .. "' (expected 1 argument)") end
  return (...)
end
local function atMost(name, count, ...)
  if select('#', ...) > count then blame('bad argument #' .. count + 1 .. " to '" .. name .. "' (found too many arguments)") end
end
local function integer(name, at, v, low, high)
  local n = type(v) == 'string' and tonumber(v) or v
  if type(n) ~= 'number' then blame('bad argument #' .. at .. " to '" .. name .. "' (number expected, got " .. type(v) .. ')') end
  n = n < 0 and -floor(-n) or floor(n)
  if n < low or n > high then blame("bad argument #1 to '" .. name .. "' (expected integer between " .. low .. ' and ' .. high .. ')') end
  return n
end
local function switch(name, v, extra)
  if type(v) == 'boolean' then return v end
  if type(v) ~= 'string' and type(v) ~= 'number' then blame("bad argument #1 to '" .. name .. "' (string expected, got " .. type(v) .. ')') end
  if v == 'on' then return true elseif v == 'off' then return false elseif v == extra and extra then return v end
  blame("bad argument #1 to '" .. name .. "' (invalid option '" .. v .. "')")
end
local most = 2147483647
return {
  null = NULL, _NAME = 'cjson', _VERSION = '2.1.0',
  encode = function(...) return encode(one('encode', ...), 0) end,
  decode = function(...)
    local s = one('decode', ...)
    if type(s) ~= 'string' and type(s) ~= 'number' then
      blame("bad argument #1 to 'decode' (string expected, got " .. (s == NULL and 'userdata' or type(s)) .. ')')
    end
    s = tostring(s)
    if #s >= 2 and (byte(s) == 0 or byte(s, 2) == 0) then blame('JSON parser does not support UTF-16 or UTF-32') end
    local v, i = decoded(s, 0, token(s, 1))
    local kind, value, _, at = token(s, i)
    if kind ~= 'T_END' then expected('the end', kind, value, at) end
    return v
  end,
  encode_sparse_array = function(...)
    atMost('encode_sparse_array', 3, ...)
    local converts, ratio, safe = ...
    if converts ~= nil then isSparseAllowed = switch('encode_sparse_array', converts) end
    if ratio ~= nil then sparseRatio = integer('encode_sparse_array', 2, ratio, 0, most) end
    if safe ~= nil then sparseSafe = integer('encode_sparse_array', 3, safe, 0, most) end
    return isSparseAllowed, sparseRatio, sparseSafe
  end,
  encode_max_depth = function(...)
    atMost('encode_max_depth', 1, ...)
    if (...) ~= nil then encodeDepth = integer('encode_max_depth', 1, (...), 1, most) end
    return encodeDepth
  end,
  decode_max_depth = function(...)
    atMost('decode_max_depth', 1, ...)
    if (...) ~= nil then decodeDepth = integer('decode_max_depth', 1, (...), 1, most) end
    return decodeDepth
  end,
  encode_number_precision = function(...)
    atMost('encode_number_precision', 1, ...)
    if (...) ~= nil then precision = integer('encode_number_precision', 1, (...), 1, 14) end
    return precision
  end,
  encode_keep_buffer = function(...)
    atMost('encode_keep_buffer', 1, ...)
    if (...) ~= nil then keepsBuffer = switch('encode_keep_buffer', (...)) end
    return keepsBuffer
  end,
  encode_invalid_numbers = function(...)
    atMost('encode_invalid_numbers', 1, ...)
    if (...) ~= nil then encodesInvalid = switch('encode_invalid_numbers', (...), 'null') end
    return encodesInvalid
  end,
  decode_invalid_numbers = function(...)
    atMost('decode_invalid_numbers', 1, ...)
    if (...) ~= nil then decodesInvalid = switch('decode_invalid_numbers', (...)) end
    return decodesInvalid
  end,
  new = function() return new() end,
}
end
provide('cjson', new())
`;
