-- Adds lines to the log of a running job, which goes a while after the last of them.
-- ARGV: 5 the log, as tenant/job, 6 how many lines there may be, 7… the lines.
-- Returns how many there are; of too many the oldest went.
local log = key('log', ARGV[5])
for i = 7, #ARGV do redis.call('RPUSH', log, ARGV[i]) end
local surplus = redis.call('LLEN', log) - ARGV[6]
if surplus > 0 then redis.call('LPOP', log, surplus) end
redis.call('PEXPIRE', log, kept_ms)
redis.call('ZADD', namespace .. ':logs', now, ARGV[5])
return redis.call('LLEN', log)
