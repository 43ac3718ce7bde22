/** The table `struct`: values as the bytes that C would have of them. Lua 5.1, one of LIBRARIES. */
export const STRUCT = String.raw`
local type, tonumber, tostring, select, unpack = type, tonumber, tostring, select, unpack
local sub, byte, find, match, rep, reverse, concat, floor = string.sub, string.byte, string.find, string.match, string.rep, string.reverse, table.concat, math.floor
local blame, binary, band = shared.blame, shared.binary, shared.band
local SIZES = {b = 1, B = 1, h = 2, H = 2, l = 8, L = 8, T = 8, f = 4, d = 8, x = 1}

local function argument(name, at, why) blame('bad argument #' .. at .. " to '" .. name .. "' (" .. why .. ')') end
local function number(name, at, v, kind)
  local n = type(v) == 'string' and tonumber(v) or v
  if type(n) ~= 'number' then argument(name, at, 'number expected, got ' .. (kind or type(v))) end
  return n
end
local function text(name, at, v, kind)
  if type(v) ~= 'string' and type(v) ~= 'number' then argument(name, at, 'string expected, got ' .. (kind or type(v))) end
  return tostring(v)
end
local function numeral(format, i, default)
  local digits = match(format, '^%d+', i)
  if not digits then return default, i end
  local n = tonumber(digits)
  if n > 2147483647 then blame('integral size overflow') end
  return n, i + #digits
end
-- Calls act with each option, its size and its position, which act may answer anew; the position behind the last
local function through(name, format, position, act)
  local isLittle, align, i = true, 1, 1
  local stop = find(format, '%z')
  format = stop and sub(format, 1, stop - 1) or format
  while i <= #format do
    local option, size = sub(format, i, i), nil
    i = i + 1
    if option == 'c' then size, i = numeral(format, i, 1)
    elseif option == 'i' or option == 'I' then
      size, i = numeral(format, i, 4)
      if size > 32 then blame('integral size ' .. size .. ' is larger than limit of 32') end
    else size = SIZES[option] or 0 end
    if size > 0 and option ~= 'c' then
      local most = size < align and size or align
      position = position + band(most - band(position, most - 1), most - 1)
    end
    local after = act(option, size, position, isLittle)
    if after then position = after
    elseif option == '>' then isLittle = false
    elseif option == '<' then isLittle = true
    elseif option == '!' then
      align, i = numeral(format, i, 8)
      if align == 0 or band(align, align - 1) ~= 0 then blame('alignment ' .. align .. ' is not a power of 2') end
    elseif option ~= ' ' then argument(name, 1, "invalid format option '" .. option .. "'") end
  end
  return position
end

local function pack(...)
  local count, out, length, at = select('#', ...), {}, 0, 1
  local given = {...}
  local format = text('pack', 1, given[1], count < 1 and 'no value' or nil)
  local function next_(check)
    at = at + 1
    return check('pack', at, given[at])
  end
  through('pack', format, 0, function(option, size, position, isLittle)
    if position > length then
      out[#out + 1] = rep('\0', position - length)
      length = position
    end
    local bytes
    if option == 'c' or option == 's' then
      local s = next_(text)
      if size == 0 then size = #s end
      if #s < size then argument('pack', at + 1, 'string too short') end
      bytes = sub(s, 1, size) .. (option == 's' and '\0' or '')
    elseif option == 'x' then bytes = '\0'
    elseif option == 'f' or option == 'd' then
      bytes = binary[option == 'f' and 'float' or 'double'](next_(number))
      if isLittle then bytes = reverse(bytes) end
    elseif find(option, '[bBhHlLTiI]') then
      bytes = binary.eight(next_(number))
      bytes = size <= 8 and sub(bytes, 9 - size) or rep('\0', size - 8) .. bytes
      if isLittle then bytes = reverse(bytes) end
    else return nil end
    out[#out + 1] = bytes
    length = position + #bytes
    return length
  end)
  return concat(out)
end

local function unpacked(...)
  local count, format, data, from = select('#', ...), ...
  format = text('unpack', 1, format, count < 1 and 'no value' or nil)
  data = text('unpack', 2, data, count < 2 and 'no value' or nil)
  from = from == nil and 1 or number('unpack', 3, from)
  from = from < 0 and -floor(-from) or floor(from)
  if from == 0 then argument('unpack', 3, 'offset must be 1 or greater') end
  if from < 0 then from = 1 / 0 end
  local values, n = {}, 0
  local function need(size, position)
    if size > #data or position > #data - size then argument('unpack', 2, 'data string too short') end
  end
  local function add(v)
    n = n + 1
    values[n] = v
  end
  if from == 1 / 0 then
    if not find(format, '^%z') and format ~= '' then need(0, from) end
    return from
  end
  local position = through('unpack', format, from - 1, function(option, size, position, isLittle)
    need(size, position)
    if option == 'c' then
      if size == 0 then
        local length = n > 0 and tonumber(values[n])
        if not length then blame("format 'c0' needs a previous size") end
        values[n], n = nil, n - 1
        size = length < 0 and 1 / 0 or floor(length)
        need(size, position)
      end
      add(sub(data, position + 1, position + size))
    elseif option == 's' then
      local stop = find(data, '%z', position + 1)
      if not stop then blame('unfinished string in data') end
      add(sub(data, position + 1, stop - 1))
      return stop
    elseif option == 'f' or option == 'd' then
      local bytes = sub(data, position + 1, position + size)
      add(binary[option == 'f' and 'floatAt' or 'doubleAt'](isLittle and reverse(bytes) or bytes, 1))
    elseif find(option, '[bBhHlLTiI]') then
      local bytes = sub(data, position + 1, position + size)
      local high, low = binary.read(isLittle and reverse(bytes) or bytes, 1, size)
      add(find(option, '%l') and binary.signed(high, low, (size * 8 - 1) % 64) or high * 4294967296 + low)
    elseif option ~= 'x' then return nil end
    return position + size
  end)
  if n > 7000 then blame('stack overflow (too many results)') end
  values[n + 1] = position + 1
  return unpack(values, 1, n + 1)
end

provide('struct', {
  pack = pack,
  unpack = unpacked,
  size = function(...)
    local format = text('size', 1, (...), select('#', ...) < 1 and 'no value' or nil)
    return through('size', format, 0, function(option, size, position)
      if option == 's' or (option == 'c' and size == 0) then
        argument('size', 1, "option '" .. (option == 's' and 's' or 'c0') .. "' has no fixed size")
      end
      if find(option, '%w') then return position + size end
    end)
  end,
})
`;
