/** The table `cjson`. Lua 5.1, one of LIBRARIES. */
export const CJSON = String.raw`
-- cjson
local type, tostring, tonumber, select, next, rawget, getmetatable, error =
  type, tostring, tonumber, select, next, rawget, getmetatable, error
local sub, byte, char, find, concat, floor = string.sub, string.byte, string.char, string.find, table.concat, math.floor
local blame, format, gsub = shared.blame, shared.format, shared.gsub
local NULL = newproxy(true)
getmetatable(NULL).__tostring = function() return 'userdata: (nil)' end
getmetatable(NULL).__metatable = false
local ESCAPES = {['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t', ['\127'] = '\\u007f'}
local function quoted(s)
  return '"' .. gsub(s, '[%c"\\/\127]', function(c) return ESCAPES[c] or format('\\u%04x', byte(c)) end) .. '"'
end
local function encode(v, depth)
  local t = type(v)
  if t == 'string' then return quoted(v)
  elseif t == 'number' then
    if v ~= v or v == 1 / 0 or v == -1 / 0 then blame('Cannot serialise number: must not be NaN or Inf') end
    return format('%.14g', v)
  elseif t == 'boolean' then return tostring(v)
  elseif t == 'nil' or v == NULL then return 'null'
  elseif t == 'table' then
    if depth > 1000 then blame('Cannot serialise, excessive depth (1001)') end
    local most, count, isArray = 0, 0, true
    for k in next, v do
      if type(k) == 'number' and k > 0 and floor(k) == k then
        if k > most then most = k end
        count = count + 1
      else isArray = false break end
    end
    local out = {}
    if isArray and most > 0 then
      if most > 10 and most > count * 2 then blame('Cannot serialise table: excessively sparse array') end
      for i = 1, most do out[i] = encode(rawget(v, i), depth + 1) end
      return '[' .. concat(out, ',') .. ']'
    end
    for k, each in next, v do
      local name
      if type(k) == 'string' then name = quoted(k)
      elseif type(k) == 'number' then name = '"' .. format('%.14g', k) .. '"'
      else blame('Cannot serialise ' .. type(k) .. ': table key must be a number or string') end
      out[#out + 1] = name .. ':' .. encode(each, depth + 1)
    end
    return '{' .. concat(out, ',') .. '}'
  end
  blame('Cannot serialise ' .. t .. ': type not supported')
end
local function utf8(code)
  if code < 128 then return char(code) end
  if code < 2048 then return char(192 + floor(code / 64), 128 + code % 64) end
  if code < 65536 then return char(224 + floor(code / 4096), 128 + floor(code / 64) % 64, 128 + code % 64) end
  return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64, 128 + floor(code / 64) % 64, 128 + code % 64)
end
local UNESCAPES = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t', ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}
local value
local TOKENS = {
  ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', ['"'] = 'T_STRING', [':'] = 'T_COLON',
  [','] = 'T_COMMA', ['true'] = 'T_BOOLEAN', ['false'] = 'T_BOOLEAN', ['null'] = 'T_NULL',
}
local function expected(what, s, i)
  local token = 'T_END'
  if i <= #s then
    local c, word = sub(s, i, i), find(s, '^%a+', i) and sub(s, find(s, '^%a+', i))
    token = TOKENS[c] or TOKENS[word] or (find(c, '[%d-]') and 'T_NUMBER') or 'invalid token'
  end
  blame('Expected ' .. what .. ' but found ' .. token .. ' at character ' .. i)
end
local function blank(s, i) return find(s, '[^ \t\r\n]', i) or #s + 1 end
local function text(s, i)
  local out = {}
  i = i + 1
  while true do
    local stop = find(s, '["\\%z]', i)
    if not stop or byte(s, stop) == 0 then blame('Expected value but found unexpected end of string at character ' .. (stop or #s + 1)) end
    out[#out + 1] = sub(s, i, stop - 1)
    local c = sub(s, stop, stop)
    if c == '"' then return concat(out), stop + 1 end
    if c ~= '\\' then expected('value', s, stop) end
    local e = sub(s, stop + 1, stop + 1)
    if e == 'u' then
      local code = tonumber(sub(s, stop + 2, stop + 5), 16)
      if not code then expected('value', s, stop) end
      i = stop + 6
      if code >= 55296 and code < 56320 and sub(s, i, i + 1) == '\\u' then
        local low = tonumber(sub(s, i + 2, i + 5), 16)
        if low then
          code = 65536 + (code - 55296) * 1024 + low - 56320
          i = i + 6
        end
      end
      out[#out + 1] = utf8(code)
    else
      if not UNESCAPES[e] then expected('value', s, stop) end
      out[#out + 1] = UNESCAPES[e]
      i = stop + 2
    end
  end
end
value = function(s, i, depth)
  if depth > 1000 then blame('Found too many nested data structures (1001)') end
  i = blank(s, i)
  local c = sub(s, i, i)
  if c == '"' then return text(s, i) end
  if c == '{' then
    local t = {}
    i = blank(s, i + 1)
    if sub(s, i, i) == '}' then return t, i + 1 end
    while true do
      if sub(s, i, i) ~= '"' then expected('object key string', s, i) end
      local k, v
      k, i = text(s, i)
      i = blank(s, i)
      if sub(s, i, i) ~= ':' then expected('colon', s, i) end
      v, i = value(s, i + 1, depth + 1)
      t[k] = v
      i = blank(s, i)
      c = sub(s, i, i)
      if c == '}' then return t, i + 1 end
      if c ~= ',' then expected('comma or object end', s, i) end
      i = blank(s, i + 1)
    end
  end
  if c == '[' then
    local t, n = {}, 0
    i = blank(s, i + 1)
    if sub(s, i, i) == ']' then return t, i + 1 end
    while true do
      n = n + 1
      t[n], i = value(s, i, depth + 1)
      i = blank(s, i)
      c = sub(s, i, i)
      if c == ']' then return t, i + 1 end
      if c ~= ',' then expected('comma or array end', s, i) end
      i = i + 1
    end
  end
  if sub(s, i, i + 3) == 'true' then return true, i + 4 end
  if sub(s, i, i + 4) == 'false' then return false, i + 5 end
  if sub(s, i, i + 3) == 'null' then return NULL, i + 4 end
  local _, last = find(s, '^-?[%w.+-]+', i)
  local n = last and tonumber(sub(s, i, last))
  if not n then expected('value', s, i) end
  return n, last + 1
end
local cjson = {
  null = NULL,
  encode = function(...)
    if select('#', ...) ~= 1 then error("bad argument #1 to 'encode' (expected 1 argument)", 2) end
    return encode((...), 1)
  end,
  decode = function(...)
    if select('#', ...) ~= 1 then error("bad argument #1 to 'decode' (expected 1 argument)", 2) end
    local s = ...
    if type(s) ~= 'string' and type(s) ~= 'number' then
      error("bad argument #1 to 'decode' (string expected, got " .. type(s) .. ')', 2)
    end
    s = tostring(s)
    local v, i = value(s, 1, 1)
    i = blank(s, i)
    if i <= #s then expected('the end', s, i) end
    return v
  end,
  encode_sparse_array = function() end, encode_max_depth = function() end, decode_max_depth = function() end,
  encode_number_precision = function() end, encode_keep_buffer = function() end, encode_invalid_numbers = function() end,
  decode_invalid_numbers = function() end, decode_array_with_array_mt = function() end,
}
provide('cjson', cjson)
`;
