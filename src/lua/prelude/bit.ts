/** The table `bit`. Lua 5.1, one of LIBRARIES. */
export const BIT = `
-- bit: 32 bits, signed, as LuaJIT's
local floor, select, format, sub = math.floor, select, shared.format, string.sub
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
provide('bit', bit)
`;
