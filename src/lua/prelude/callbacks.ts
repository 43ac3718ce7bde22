/** What calls a script's function back, in Lua itself: so that it may ask the server, and be suspended. Lua 5.1, a part of PRELUDE. */
export const CALLBACKS = `
-- Calls a function of Lua's library; an error of it names the place of the script that has called
local function attempt(name, f, ...)
  local results = pack(rawpcall(f, ...))
  if results[1] then return unpack(results, 2, results.n) end
  local message = results[2]
  if type(message) ~= 'string' then error(message, 0) end
  blame((gsub(message, "^(bad argument #%d+ to )'%?'", "%1'" .. name .. "'")))
end

-- As Lua's own sort, which a C function can't be suspended in: the same comparisons in the same order
local function sorted(t, less, l, u)
  while l < u do
    local a, b = rawget(t, l), rawget(t, u)
    if less(b, a) then rawset(t, l, b) rawset(t, u, a) end
    if u - l == 1 then return end
    local i = floor((l + u) / 2)
    a, b = rawget(t, i), rawget(t, l)
    if less(a, b) then rawset(t, i, b) rawset(t, l, a)
    else
      b = rawget(t, u)
      if less(b, a) then rawset(t, i, b) rawset(t, u, a) end
    end
    if u - l == 2 then return end
    local pivot = rawget(t, i)
    rawset(t, i, rawget(t, u - 1))
    rawset(t, u - 1, pivot)
    i = l
    local j = u - 1
    while true do
      i = i + 1
      while less(rawget(t, i), pivot) do
        if i > u then blame('invalid order function for sorting') end
        i = i + 1
      end
      j = j - 1
      while less(pivot, rawget(t, j)) do
        if j < l then blame('invalid order function for sorting') end
        j = j - 1
      end
      if j < i then break end
      a, b = rawget(t, i), rawget(t, j)
      rawset(t, i, b)
      rawset(t, j, a)
    end
    a, b = rawget(t, u - 1), rawget(t, i)
    rawset(t, u - 1, b)
    rawset(t, i, a)
    if i - l < u - i then
      sorted(t, less, l, i - 1)
      l = i + 1
    else
      sorted(t, less, i + 1, u)
      u = i - 1
    end
  end
end
local sort = table.sort
local function sortedBy(...)
  local t, less = ...
  if type(t) ~= 'table' or (less ~= nil and type(less) ~= 'function') then return attempt('sort', sort, ...) end
  if less == nil then return sort(t) end
  sorted(t, less, 1, #t)
end

local function substituted(...)
  local s, pattern, by, limit = ...
  local isKnown = (type(s) == 'string' or type(s) == 'number') and (type(pattern) == 'string' or type(pattern) == 'number')
  if not isKnown or type(by) ~= 'function' or (limit ~= nil and not tonumber(limit)) then
    return attempt('gsub', gsub, ...)
  end
  s, pattern = tostring(s), tostring(pattern)
  local out, at, count, most = {}, 1, 0, limit == nil and #s + 1 or floor(tonumber(limit))
  while count < most do
    -- Called in this way its errors name no place: that is the caller's
    local found = pack(rawpcall(find, s, pattern, at))
    if not found[1] then error(found[2], 2) end
    local from, to = found[2], found[3]
    if not from then break end
    count = count + 1
    local whole, value = sub(s, from, to)
    if found.n > 3 then value = by(unpack(found, 4, found.n)) else value = by(whole) end
    if not value then value = whole
    elseif type(value) ~= 'string' and type(value) ~= 'number' then
      error('invalid replacement value (a ' .. type(value) .. ')', 2)
    end
    out[#out + 1] = sub(s, at, from - 1)
    out[#out + 1] = value
    at = to + 1
    if to < from then
      out[#out + 1] = sub(s, at, at)
      at = at + 1
      if at > #s + 1 then break end
    end
    if byte(pattern) == 94 then break end
  end
  out[#out + 1] = sub(s, at)
  return concat(out), count
end

local foreach, foreachi = table.foreach, table.foreachi
local function each(...)
  local t, f = ...
  if type(t) ~= 'table' or type(f) ~= 'function' then return attempt('foreach', foreach, ...) end
  for k, v in next, t do
    local result = f(k, v)
    if result ~= nil then return result end
  end
end
local function eachOfList(...)
  local t, f = ...
  if type(t) ~= 'table' or type(f) ~= 'function' then return attempt('foreachi', foreachi, ...) end
  for i = 1, #t do
    local result = f(i, rawget(t, i))
    if result ~= nil then return result end
  end
end
`;
