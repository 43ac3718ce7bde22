/** Numbers as bytes, for `struct` and `cmsgpack`. Lua 5.1, one of LIBRARIES. */
export const BINARY = `
local char, byte, find, floor, ceil, abs, frexp, ldexp = string.char, string.byte, string.find, math.floor, math.ceil, math.abs, math.frexp, math.ldexp
local format = shared.format

local function four(n) return char(floor(n / 16777216), floor(n / 65536) % 256, floor(n / 256) % 256, n % 256) end

-- All big-endian
local binary = {}
-- The two halves of a number as an integer of 64 bits, as C converts it
function binary.halves(v)
  if v ~= v or v < -9223372036854775808 then return 2147483648, 0 end
  if v >= 18446744073709551616 then return 0, 0 end
  v = v < 0 and ceil(v) or floor(v)
  return floor(v / 4294967296) % 4294967296, v % 4294967296
end
function binary.eight(v)
  local high, low = binary.halves(v)
  return four(high) .. four(low)
end
function binary.isNegative(v)
  return v < 0 or (v == 0 and 1 / v < 0) or (v ~= v and find(format('%g', v), '-', 1, true) ~= nil)
end
-- Of a number that is whole: to the nearest, ties to even
local function rounded(n)
  local whole = floor(n)
  local rest = n - whole
  if rest > 0.5 or (rest == 0.5 and whole % 2 == 1) then whole = whole + 1 end
  return whole
end
-- The exponent and the fraction of an IEEE 754 number; the fraction may carry over into the exponent
local function fields(v, bits, bias)
  if v ~= v then return 2 * bias + 1, 2 ^ (bits - 1) end
  v = abs(v)
  if v == 1 / 0 then return 2 * bias + 1, 0 end
  if v == 0 then return 0, 0 end
  local fraction, exponent = frexp(v)
  exponent = exponent - 1 + bias
  if exponent <= 0 then
    fraction = rounded(ldexp(fraction, bits + exponent))
    exponent = 0
  else fraction = rounded(fraction * 2 ^ (bits + 1)) - 2 ^ bits end
  if fraction >= 2 ^ bits then exponent, fraction = exponent + 1, fraction - 2 ^ bits end
  if exponent > 2 * bias then return 2 * bias + 1, 0 end
  return exponent, fraction
end
function binary.double(v)
  local exponent, fraction = fields(v, 52, 1023)
  local high = (binary.isNegative(v) and 2147483648 or 0) + exponent * 1048576 + floor(fraction / 4294967296)
  return four(high) .. four(fraction % 4294967296)
end
function binary.float(v)
  local exponent, fraction = fields(v, 23, 127)
  return four((binary.isNegative(v) and 2147483648 or 0) + exponent * 8388608 + fraction)
end
-- The number that so many bytes at i are, unsigned, by its halves
function binary.read(s, i, size)
  local high, low = 0, 0
  for at = i, i + size - 1 do
    low = low * 256 + byte(s, at)
    high = (high * 256 + floor(low / 4294967296)) % 4294967296
    low = low % 4294967296
  end
  return high, low
end
-- The same as a signed one whose sign is bit 's' and all above it
function binary.signed(high, low, s)
  if s >= 32 then
    if high >= 2 ^ (s - 32) then high = high % 2 ^ (s - 32) - 2 ^ (s - 32) end
    return high * 4294967296 + low
  end
  if high > 0 or low >= 2 ^ s then return low % 2 ^ s - 2 ^ s end
  return low
end
local function floating(sign, exponent, fraction, bits, bias)
  local v
  if exponent == 2 * bias + 1 then v = fraction == 0 and 1 / 0 or -(0 / 0)
  elseif exponent == 0 then v = ldexp(fraction, 1 - bias - bits)
  else v = ldexp(fraction + 2 ^ bits, exponent - bias - bits) end
  return sign and -v or v
end
function binary.doubleAt(s, i)
  local high, low = binary.read(s, i, 8)
  local rest = high % 2147483648
  return floating(high >= 2147483648, floor(rest / 1048576), rest % 1048576 * 4294967296 + low, 52, 1023)
end
function binary.floatAt(s, i)
  local _, low = binary.read(s, i, 4)
  local rest = low % 2147483648
  return floating(low >= 2147483648, floor(rest / 8388608), rest % 8388608, 23, 127)
end
shared.binary = binary
`;
