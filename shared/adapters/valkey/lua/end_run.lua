-- Notes how the job of a run ended, and the archive that it made.
-- ARGV: 5 tenant, 6 id, 7 ms of the time, 8 what is told now, 9 name of the archive or '', 10 what is known of it.
-- Returns 1, or 0 where it is noted already, or the schedule is gone.
local member = ARGV[5] .. '/' .. ARGV[6]
if redis.call('HDEL', namespace .. ':schedules_open', member .. '/' .. ARGV[7]) == 0 then return 0 end
local runs = key('schedule_runs', member)
if redis.call('HEXISTS', runs, ARGV[7]) == 1 then redis.call('HSET', runs, ARGV[7], ARGV[8]) end
if ARGV[9] ~= '' then redis.call('HSET', key('schedule_archives', member), ARGV[9], ARGV[10]) end
return 1
