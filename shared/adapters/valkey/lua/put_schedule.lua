-- Keeps a schedule, new or changed.
-- ARGV: 5 tenant, 6 id, 7 its JSON, 8 the JSON that stands there now, empty where there is none, 9 ms of its next time or '',
-- 10 how many the tenant may have, 11 ms of the next time that stands there now or ''.
-- Returns 1, 0 where something else stands there, -1 where there are too many.
local tenant, id = ARGV[5], ARGV[6]
local all, due, member = key('schedules', tenant), namespace .. ':schedules_due', tenant .. '/' .. id
if (redis.call('HGET', all, id) or '') ~= ARGV[8] then return 0 end
if ARGV[8] ~= '' and tonumber(redis.call('ZSCORE', due, member) or '') ~= tonumber(ARGV[11]) then return 0 end
if ARGV[8] == '' and #redis.call('HKEYS', all) >= tonumber(ARGV[10]) then return -1 end
redis.call('HSET', all, id, ARGV[7])
if ARGV[9] == '' then redis.call('ZREM', due, member) else redis.call('ZADD', due, ARGV[9], member) end
return 1
