/** Redis's generator of random numbers. Lua 5.1, a part of PRELUDE. */
export const RANDOM = `
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
local function checkedNumber(name, at, v, count)
  local n = type(v) == 'string' and tonumber(v) or v
  if type(n) == 'number' then return n end
  blame('bad argument #' .. at .. " to '" .. name .. "' (number expected, got " .. (at > count and 'no value' or type(v)) .. ')')
end
local function randomseed(...) seed(floor(checkedNumber('randomseed', 1, (...), select('#', ...)))) end
local function random(...)
  local r = (step48() % 2147483647) / 2147483647
  local n, low, high = select('#', ...), ...
  if n == 0 then return r end
  if n > 2 then error('wrong number of arguments', 2) end
  low = floor(checkedNumber('random', 1, low, n))
  if n == 1 then low, high = 1, low else high = floor(checkedNumber('random', 2, high, n)) end
  if low > high then error("bad argument #" .. n .. " to 'random' (interval is empty)", 2) end
  return floor(r * (high - low + 1)) + low
end
`;
