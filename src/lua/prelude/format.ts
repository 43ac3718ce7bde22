/** `string.format` with numbers of 64 bits. Lua 5.1, a part of PRELUDE. */
export const FORMAT = `
-- The machine's long has 32 bits here, and 64 in Redis
local function formatted(...)
  local pattern = ...
  if type(pattern) ~= 'string' then return attempt('format', format, ...) end
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
  if not isChanged then return attempt('format', format, ...) end
  return attempt('format', format, text, unpack(arguments, 2, arguments.n))
end
`;
