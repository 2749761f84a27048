-- Removes the first lines of a log, and its name with the last of them.
-- ARGV: 5 the log, as tenant/job, 6 how many lines, 7 the first of them, 8 the last of them; of other lines none goes.
local log, number = key('log', ARGV[5]), tonumber(ARGV[6])
if number > 0 and redis.call('LRANGE', log, 0, 0)[1] == ARGV[7]
  and redis.call('LRANGE', log, number - 1, number - 1)[1] == ARGV[8] then
  redis.call('LPOP', log, number)
end
if redis.call('LLEN', log) == 0 then redis.call('ZREM', namespace .. ':logs', ARGV[5]) end
