/** `string.format` with numbers of 64 bits. Lua 5.1, a part of PRELUDE. */
export const FORMAT = `
-- The machine's long has 32 bits here, and 64 in Redis
local match = string.match
-- The digits of a number as an unsigned one of 64 bits, in halves
local function unsigned(v, base, names)
  local high, low = 2147483648, 0
  if v >= -9223372036854775808 and v < 18446744073709551616 then
    v = v < 0 and ceil(v) or floor(v)
    high, low = floor(v / 4294967296) % 4294967296, v % 4294967296
  elseif v > 0 then high = 0 end
  local digits = {}
  repeat
    low = low + high % base * 4294967296
    high = floor(high / base)
    local digit = low % base
    digits[#digits + 1] = sub(names, digit + 1, digit + 1)
    low = floor(low / base)
  until low == 0 and high == 0
  return string.reverse(concat(digits))
end
local function formatted(...)
  local pattern = ...
  if type(pattern) ~= 'string' then return attempt('format', format, ...) end
  local arguments, at, isChanged = pack(...), 1, false
  local text = gsub(pattern, '%%([-+ #0]*)(%d*)(%.?%d*)([%a%%])', function(flags, width, precision, kind)
    if kind == '%' then return nil end
    at = at + 1
    local v = tonumber(arguments[at])
    if not v or not find('diuxXo', kind, 1, true) or (v >= 0 and v < 2147483648) then return nil end
    local isSigned = kind == 'd' or kind == 'i'
    if isSigned and v > -2147483649 and v < 0 then return nil end
    isChanged = true
    local digits, sign
    if isSigned then
      if not (v >= -9223372036854775808 and v < 9223372036854775808) then v = -9223372036854775808 end
      digits = format('%.0f', v < 0 and -ceil(v) or floor(v))
      sign = v < 0 and '-' or match(flags, '%+') or match(flags, ' ') or ''
    else
      local base = kind == 'o' and 8 or kind == 'u' and 10 or 16
      digits = unsigned(v, base, kind == 'X' and '0123456789ABCDEF' or '0123456789abcdef')
      sign = find(flags, '#', 1, true) and (kind == 'o' and '0' or kind ~= 'u' and '0' .. kind) or ''
    end
    local isLeft, length = find(flags, '-', 1, true), 0
    if precision ~= '' then length = tonumber(sub(precision, 2)) or 0
    elseif find(flags, '0', 1, true) and not isLeft then length = (tonumber(width) or 0) - #sign end
    arguments[at] = sign .. rep('0', length - #digits) .. digits
    return '%' .. (isLeft and '-' or '') .. width .. 's'
  end)
  if not isChanged then return attempt('format', format, ...) end
  return attempt('format', format, text, unpack(arguments, 2, arguments.n))
end
`;
