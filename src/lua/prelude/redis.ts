/** The table `redis`: each of its functions that needs the server asks for it by a yield. Lua 5.1, a part of PRELUDE. */
export const REDIS = String.raw`
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
  local answer = parse(decode(ask('C' .. text)), 1)
  if type(answer) == 'table' and answer.err then answer.ignore_error_stats_update = true end
  return answer
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
    level = level < 0 and ceil(level) or floor(level)
    if not (level >= 0 and level <= 3) then raise('Invalid debug level.') end
    local words = {}
    for i = 2, select('#', ...) do
      local v = select(i, ...)
      if type(v) == 'string' or type(v) == 'number' then words[#words + 1] = tostring(v) end
    end
    ask('L' .. level .. concat(words, ' '))
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
    v = floor(tonumber(v) or 0)
    if v ~= 2 and v ~= 3 then raise('RESP version must be 2 or 3.') end
    resp = v
  end,
  set_repl = function(...)
    local v = ...
    if select('#', ...) ~= 1 then raise('redis.set_repl() requires two arguments.') end
    local flags = tonumber(v) or 0
    if flags <= -1 or flags >= 4 then
      raise('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.')
    end
  end,
  acl_check_cmd = function(...)
    local text, problem = request(...)
    if problem then raise(problem) end
    local verdict = ask('A' .. text)
    if verdict == '' then raise('Invalid command passed to redis.acl_check_cmd()') end
    return verdict == '1'
  end,
  replicate_commands = function() return true end,
  breakpoint = function() return false end,
  debug = function() end,
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
  REDIS_VERSION = '7.0.15', REDIS_VERSION_NUM = 0x0007000f,
}
`;
