/** The table `bit`. Lua 5.1, one of LIBRARIES. */
export const BIT = `
-- bit: 32 bits, signed, as LuaJIT's
local type, tonumber, select, floor, abs, frexp, sub = type, tonumber, select, math.floor, math.abs, math.frexp, string.sub
local blame, format = shared.blame, shared.format

-- The 32 bits of an argument; numbers beyond are taken as adding 2^52 + 2^51 leaves them
local function bits(name, at, count, v)
  local n = v
  if type(v) == 'string' then n = tonumber(v) end
  if type(n) ~= 'number' then
    blame('bad argument #' .. at .. " to '" .. name .. "' (number expected, got " .. (at > count and 'no value' or type(v)) .. ')')
  end
  if n >= 0 and n < 4294967296 and floor(n) == n then return n end
  n = n + 6755399441055744
  if n - n ~= 0 then return 0 end
  return abs(frexp(n)) * 9007199254740992 % 4294967296
end
local function signed(n)
  n = n % 4294967296
  return n >= 2147483648 and n - 4294967296 or n
end

local AND = {}
for a = 0, 15 do
  for b = 0, 15 do
    local sum, place = 0, 1
    for _ = 1, 4 do
      if floor(a / place) % 2 + floor(b / place) % 2 == 2 then sum = sum + place end
      place = place * 2
    end
    AND[a * 16 + b] = sum
  end
end
local function band(a, b)
  local sum, place = 0, 1
  for _ = 1, 8 do
    local x, y = a % 16, b % 16
    sum = sum + AND[x * 16 + y] * place
    a, b, place = (a - x) / 16, (b - y) / 16, place * 16
  end
  return sum
end
shared.band = band
local function combining(name, rule)
  return function(...)
    local count = select('#', ...)
    local result = bits(name, 1, count, (...))
    for i = count, 2, -1 do result = rule(result, bits(name, i, count, (select(i, ...)))) end
    return signed(result)
  end
end
local function of(name, act)
  return function(...) return signed(act(bits(name, 1, select('#', ...), (...)))) end
end
local function shifting(name, act)
  return function(...)
    local count, a, b = select('#', ...), ...
    a = bits(name, 1, count, a)
    return signed(act(a, 2 ^ (bits(name, 2, count, b) % 32)))
  end
end
provide('bit', {
  tobit = of('tobit', function(n) return n end),
  bnot = of('bnot', function(n) return -1 - n end),
  bswap = of('bswap', function(n)
    local sum = 0
    for _ = 1, 4 do
      sum = sum * 256 + n % 256
      n = floor(n / 256)
    end
    return sum
  end),
  band = combining('band', band),
  bor = combining('bor', function(a, b) return a + b - band(a, b) end),
  bxor = combining('bxor', function(a, b) return a + b - 2 * band(a, b) end),
  lshift = shifting('lshift', function(n, by) return n * by end),
  rshift = shifting('rshift', function(n, by) return floor(n / by) end),
  arshift = shifting('arshift', function(n, by) return floor(signed(n) / by) end),
  rol = shifting('rol', function(n, by) return n * by % 4294967296 + floor(n * by / 4294967296) end),
  ror = shifting('ror', function(n, by) return floor(n / by) + n % by * (4294967296 / by) end),
  tohex = function(...)
    local count, n, digits = select('#', ...), ...
    n = bits('tohex', 1, count, n)
    digits = count < 2 and 8 or signed(bits('tohex', 2, count, digits))
    local text = format('%04x%04x', floor(n / 65536), n % 65536)
    if digits < 0 then digits, text = -digits, string.upper(text) end
    return digits == 0 and '' or sub(text, -digits)
  end,
})
`;
