-- Notes what became of a time that was claimed.
-- ARGV: 5 tenant, 6 id, 7 ms of the time, 8 the claim's token, 9 what is told, 10 the job's id or ''.
-- Returns 1, or 0 where the claim is another's by now, or the schedule is gone.
local member = ARGV[5] .. '/' .. ARGV[6]
local claimed, field = namespace .. ':schedules_claimed', member .. '/' .. ARGV[7]
local claim = redis.call('HGET', claimed, field)
if not claim or string.match(claim, '^%d+ (%S+) ') ~= ARGV[8] then return 0 end
redis.call('HDEL', claimed, field)
tell_run(member, ARGV[7], ARGV[9])
if ARGV[10] ~= '' then redis.call('HSET', namespace .. ':schedules_open', field, ARGV[10]) end
return 1
