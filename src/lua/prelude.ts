/**
 * What a script finds, in Lua 5.1: the sandbox, `redis`, `cjson`, `bit`, and the pump that hands requests out and replies in. `step` takes a
 * string and answers one:
 *
 *     S function replaced by the loaded chunk, then an array of id, number of keys, keys and arguments   begins a script
 *     R reply, in RESP · T · K                                                                            goes on with it, or ends it: killed
 *     C request · L level text · H text, to be hashed · T time · D reply, in RESP                         what the script wants next
 *
 * A script runs in a coroutine, so `redis.call` is a yield; `pcall` and coroutines of its own hand such a yield on. In the
 * strings that come in, "\\1\\1" stands for a NUL and "\\1\\2" for "\\1", since the door to Lua takes C strings.
 */
export const PRELUDE = String.raw`
local type, tostring, tonumber, select, unpack, error, pairs, ipairs, next, assert, rawget, rawset, setmetatable, getmetatable, rawequal, loadstring, setfenv, getfenv, gcinfo, newproxy, collectgarbage =
  type, tostring, tonumber, select, unpack, error, pairs, ipairs, next, assert, rawget, rawset, setmetatable, getmetatable, rawequal, loadstring, setfenv, getfenv, gcinfo, newproxy, collectgarbage
local yield, create, resume, status, running = coroutine.yield, coroutine.create, coroutine.resume, coroutine.status, coroutine.running
local sub, byte, char, find, format, gsub, rep, concat, floor, ceil = string.sub, string.byte, string.char, string.find, string.format, string.gsub, string.rep, table.concat, math.floor, math.ceil
local rawpcall = pcall
local getinfo, sethook = debug.getinfo, debug.sethook
local remove = table.remove
local MARK = {}
local READONLY = 'Attempt to modify a readonly table'
local main, resp, sealed = nil, 2, {}

local function decode(s)
  if not find(s, '\1', 1, true) then return s end
  return (gsub(s, '\1(.)', function(c) return c == '\1' and '\0' or '\1' end))
end

local function raise(message, level) error({err = 'ERR ' .. message}, level or 2) end

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
  if n ~= n then return 'nan' end
  if n == 1 / 0 then return 'inf' elseif n == -1 / 0 then return '-inf' end
  return format('%.17g', n)
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
    if type(x) == 'string' then return '-' .. line(x) .. '\r\n' end
    x = rawget(v, 'ok')
    if type(x) == 'string' then return '+' .. line(x) .. '\r\n' end
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

local function pack(...) return {n = select('#', ...), ...} end

local function ask(message) return yield(MARK, message) end

local function request(...)
  local n = select('#', ...)
  if n == 0 then return nil, 'Please specify at least one argument for this redis lib call' end
  local out = {resp == 3 and '3' or '2', '*', n, '\r\n'}
  for i = 1, n do
    local v = select(i, ...)
    if type(v) == 'number' then v = format('%.17g', v)
    elseif type(v) ~= 'string' then
      return nil, 'Lua redis lib command arguments must be strings or integers'
    end
    out[#out + 1] = '$' .. #v .. '\r\n' .. v .. '\r\n'
  end
  return concat(out)
end

local function generic(...)
  local text, problem = request(...)
  if problem then return {err = 'ERR ' .. problem} end
  return (parse(decode(ask('C' .. text)), 1))
end

local redis = {
  pcall = generic,
  call = function(...)
    local answer = generic(...)
    if type(answer) == 'table' and answer.err then error(answer, 0) end
    return answer
  end,
  log = function(...)
    local level = ...
    if select('#', ...) < 2 then raise('redis.log() requires two arguments or more.') end
    if not tonumber(level) then raise('First argument must be a number (log level).') end
    level = tonumber(level)
    if level < 0 or level > 3 then raise('Invalid debug level.') end
    local words = {}
    for i = 2, select('#', ...) do
      local v = select(i, ...)
      if type(v) == 'string' or type(v) == 'number' then words[#words + 1] = tostring(v) end
    end
    ask('L' .. floor(level) .. concat(words, ' '))
  end,
  sha1hex = function(...)
    if select('#', ...) ~= 1 then raise('wrong number of arguments') end
    local v = ...
    return ask('H' .. ((type(v) == 'string' or type(v) == 'number') and tostring(v) or ''))
  end,
  error_reply = function(...)
    local v = ...
    if select('#', ...) ~= 1 or type(v) ~= 'string' then return {err = 'ERR wrong number or type of arguments'} end
    if sub(v, 1, 1) == '-' then v = sub(v, 2) end
    if not find(v, ' ', 1, true) then v = 'ERR ' .. v end
    return {err = (gsub(v, '[\r\n]+$', ''))}
  end,
  status_reply = function(...)
    local v = ...
    if select('#', ...) ~= 1 or type(v) ~= 'string' then return {err = 'ERR wrong number or type of arguments'} end
    return {ok = v}
  end,
  setresp = function(...)
    local v = ...
    if select('#', ...) ~= 1 then raise('redis.setresp() requires one argument.') end
    if v ~= 2 and v ~= 3 then raise('RESP version must be 2 or 3.') end
    resp = v
  end,
  set_repl = function(...)
    local v = ...
    if select('#', ...) ~= 1 then raise('redis.set_repl() requires one argument.') end
    if not tonumber(v) or tonumber(v) < 0 or tonumber(v) > 3 then
      raise('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.')
    end
  end,
  replicate_commands = function() return true end,
  breakpoint = function() return false end,
  debug = function() end,
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
  REDIS_VERSION = '7.0.15', REDIS_VERSION_NUM = 0x0007000f,
}

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
      results = pack(resume(co, yield(unpack(results, 2, results.n))))
    elseif results.n == 1 and isSliced(co) then
      suspend()
      results = pack(resume(co))
    else break end
  end
  return checked(results)
end
local function where(co)
  for level = 0, 200 do
    local info = getinfo(co, level, 'Sl')
    if not info then return nil end
    if info.source == '@user_script' then return info end
  end
end
local function protected(handler, f, ...)
  if type(f) ~= 'function' then
    local mt = getmetatable(f)
    if not (type(mt) == 'table' and mt.__call) then
      local message = 'attempt to call a ' .. type(f) .. ' value'
      if handler then message = handler(message) end
      return false, message
    end
    local callee = f
    f = function(...) return callee(...) end
  end
  -- A coroutine takes no C function
  local ok, co = rawpcall(create, f)
  if not ok then co = create(function(...) return f(...) end) end
  watched(co)
  local results = pack(resume(co, ...))
  while status(co) == 'suspended' do
    if results.n == 1 and isSliced(co) then
      suspend()
      results = pack(resume(co))
    else
      results = pack(resume(co, yield(unpack(results, 2, results.n))))
    end
  end
  checked(results)
  if not results[1] then
    local err = results[2]
    if handler then return false, handler(err) end
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
      if not results[1] then error(results[2], 0) end
      return unpack(results, 2, results.n)
    end
  end,
  yield = function(...)
    if running() == main then error('attempt to yield across metamethod/C-call boundary', 2) end
    return yield(...)
  end,
}

-- The machine's long has 32 bits here, and 64 in Redis
local function formatted(...)
  local pattern = ...
  if type(pattern) ~= 'string' then return format(...) end
  local arguments, at, isChanged = pack(...), 1, false
  local text = gsub(pattern, '%%([-+ #0]*)(%d*)(%.?%d*)([%a%%])', function(flags, width, precision, kind)
    if kind == '%' then return nil end
    at = at + 1
    local v = tonumber(arguments[at])
    if not v or not find('diuxXo', kind, 1, true) or (v >= -2147483648 and v < 2147483648) then return nil end
    isChanged = true
    if kind == 'd' or kind == 'i' or kind == 'u' then
      arguments[at] = v < 0 and ceil(v) or floor(v)
      return '%' .. flags .. width .. '.0f'
    end
    local base, digits, rest = kind == 'o' and 8 or 16, {}, floor(v < 0 and v + 18446744073709551616 or v)
    local names = kind == 'X' and '0123456789ABCDEF' or '0123456789abcdef'
    repeat
      local digit = rest % base
      digits[#digits + 1] = sub(names, digit + 1, digit + 1)
      rest = floor(rest / base)
    until rest == 0
    local word = string.reverse(concat(digits))
    if find(flags, '0', 1, true) and width ~= '' then word = rep('0', tonumber(width) - #word) .. word end
    arguments[at] = word
    return '%' .. gsub(flags, '[0+ #]', '') .. width .. 's'
  end)
  if not isChanged then return format(...) end
  return format(text, unpack(arguments, 2, arguments.n))
end

-- bit: 32 bits, signed, as LuaJIT's
local function tobit(n)
  n = floor(n + 0.5) % 4294967296
  return n >= 2147483648 and n - 4294967296 or n
end
local function bitwise(rule)
  return function(...)
    local result = ... % 4294967296
    for i = 2, select('#', ...) do
      local a, b, sum, place = result, floor(select(i, ...) + 0.5) % 4294967296, 0, 1
      for _ = 1, 32 do
        if rule(a % 2, b % 2) then sum = sum + place end
        a, b, place = floor(a / 2), floor(b / 2), place * 2
      end
      result = sum
    end
    return tobit(result)
  end
end
local bit = {
  tobit = tobit,
  band = bitwise(function(a, b) return a == 1 and b == 1 end),
  bor = bitwise(function(a, b) return a == 1 or b == 1 end),
  bxor = bitwise(function(a, b) return a ~= b end),
  bnot = function(n) return tobit(-1 - n) end,
  lshift = function(n, by) return tobit((n % 4294967296) * 2 ^ (by % 32)) end,
  rshift = function(n, by) return tobit(floor((n % 4294967296) / 2 ^ (by % 32))) end,
  arshift = function(n, by) return tobit(floor(tobit(n) / 2 ^ (by % 32))) end,
  tohex = function(n, digits)
    digits = digits or 8
    local text = format('%04x%04x', floor(n % 4294967296 / 65536), n % 65536)
    if digits < 0 then digits, text = -digits, string.upper(text) end
    return sub(text, -digits)
  end,
}
bit.rol = function(n, by)
  by = by % 32
  local u = n % 4294967296
  return tobit((u * 2 ^ by) % 4294967296 + floor(u / 2 ^ (32 - by)))
end
bit.ror = function(n, by) return bit.rol(n, 32 - by % 32) end
bit.bswap = function(n)
  local u, sum = n % 4294967296, 0
  for _ = 1, 4 do
    sum = sum * 256 + u % 256
    u = floor(u / 256)
  end
  return tobit(sum)
end

-- cjson
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
    if v ~= v or v == 1 / 0 or v == -1 / 0 then error('Cannot serialise number: must not be NaN or Inf', 0) end
    return format('%.14g', v)
  elseif t == 'boolean' then return tostring(v)
  elseif t == 'nil' or v == NULL then return 'null'
  elseif t == 'table' then
    if depth > 1000 then error('Cannot serialise, excessive depth (1001)', 0) end
    local most, count, isArray = 0, 0, true
    for k in next, v do
      if type(k) == 'number' and k > 0 and floor(k) == k then
        if k > most then most = k end
        count = count + 1
      else isArray = false break end
    end
    local out = {}
    if isArray and most > 0 then
      if most > 10 and most > count * 2 then error('Cannot serialise table: excessively sparse array', 0) end
      for i = 1, most do out[i] = encode(rawget(v, i), depth + 1) end
      return '[' .. concat(out, ',') .. ']'
    end
    for k, each in next, v do
      local name
      if type(k) == 'string' then name = quoted(k)
      elseif type(k) == 'number' then name = '"' .. format('%.14g', k) .. '"'
      else error('Cannot serialise table: table key must be a number or string', 0) end
      out[#out + 1] = name .. ':' .. encode(each, depth + 1)
    end
    return '{' .. concat(out, ',') .. '}'
  end
  error('Cannot serialise ' .. t .. ': type not supported', 0)
end
local function utf8(code)
  if code < 128 then return char(code) end
  if code < 2048 then return char(192 + floor(code / 64), 128 + code % 64) end
  if code < 65536 then return char(224 + floor(code / 4096), 128 + floor(code / 64) % 64, 128 + code % 64) end
  return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64, 128 + floor(code / 64) % 64, 128 + code % 64)
end
local UNESCAPES = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t', ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}
local value
local function expected(what, s, i)
  local token = i > #s and 'T_END' or 'invalid token'
  error('Expected ' .. what .. ' but found ' .. token .. ' at character ' .. i, 0)
end
local function blank(s, i) return find(s, '[^ \t\r\n]', i) or #s + 1 end
local function text(s, i)
  local out = {}
  i = i + 1
  while true do
    local stop = find(s, '["\\%c]', i)
    if not stop then expected('value', s, #s + 1) end
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
  if depth > 1000 then error('Found too many nested data structures (1001)', 0) end
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

-- Redis's own generator, which begins anew in no script
local x0, x1, x2 = 13070, 43981, 4660
local function seed(n) x0, x1, x2 = 13070, n % 65536, floor(n / 65536) % 65536 end
local function step48()
  local p = 58989 * x0 + 11
  local n0, carry = p % 65536, floor(p / 65536)
  p = 58989 * x1 + 57068 * x0 + carry
  local n1 = p % 65536
  carry = floor(p / 65536)
  x2 = (58989 * x2 + 57068 * x1 + 5 * x0 + carry) % 65536
  x0, x1 = n0, n1
  return x2 * 32768 + floor(x1 / 2)
end
local maths, strings, tables = {}, {}, {}
for k, v in pairs(math) do maths[k] = v end
for k, v in pairs(string) do strings[k] = v end
for k, v in pairs(table) do tables[k] = v end
maths.randomseed = function(n) seed(floor(n)) end
maths.random = function(...)
  local r = (step48() % 2147483647) / 2147483647
  local n, low, high = select('#', ...), ...
  if n == 0 then return r end
  if n == 1 then low, high = 1, low end
  if n > 2 then error('wrong number of arguments', 2) end
  if low > high then error("bad argument #" .. n .. " to 'random' (interval is empty)", 2) end
  return floor(r * (high - low + 1)) + low
end
strings.format = formatted
local dumping = string.dump
strings.dump = function() error('unable to dump given function', 2) end
for k, v in pairs(strings) do string[k] = v end
for _, name in ipairs({'insert', 'remove', 'sort', 'setn'}) do
  local original = tables[name]
  tables[name] = function(t, ...)
    denied(t)
    return original(t, ...)
  end
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
  redis = seal(redis), cjson = seal(cjson), bit = seal(bit), math = seal(maths), string = seal(strings),
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

local protocol, id
local function failed(err)
  local info = where(main)
  if type(err) ~= 'table' then err = {err = 'ERR ' .. tostring(err)} end
  local words = type(err.err) == 'string' and err.err or 'ERR unknown error'
  if info then words = words .. ' script: ' .. id .. ', on ' .. info.source .. ':' .. info.currentline .. '.' end
  return 'D-' .. line(words) .. '\r\n'
end
-- Lua 5.1 does not collect when memory runs out
local function ended(message)
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
  return ended(ok and 'D' .. reply(kind, protocol, 0) or failed(kind))
end

local FUNCTIONS = {}
function keep(name, f) FUNCTIONS[name] = setfenv(f, G.self) end
function step(input)
  local kind, rest = sub(input, 1, 1), decode(sub(input, 2))
  if kind == 'T' then return pump() end
  if kind == 'K' then return ended(failed({err = 'ERR Script killed by user with SCRIPT KILL...'})) end
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
