-- Forgets a schedule with all that is kept of its runs.
-- ARGV: 5 tenant, 6 id, 7 the JSON that stands there now; empty: whatever does.
-- Returns 1, or 0 where something else stands there.
local tenant, id = ARGV[5], ARGV[6]
local all, member = key('schedules', tenant), tenant .. '/' .. id
if ARGV[7] ~= '' and redis.call('HGET', all, id) ~= ARGV[7] then return 0 end
redis.call('HDEL', all, id)
redis.call('ZREM', namespace .. ':schedules_due', member)
redis.call('DEL', key('schedule_runs', member), key('schedule_archives', member))
for _, name in ipairs({'schedules_claimed', 'schedules_open'}) do
  for _, field in ipairs(redis.call('HKEYS', namespace .. ':' .. name)) do
    if string.sub(field, 1, #member + 1) == member .. '/' then redis.call('HDEL', namespace .. ':' .. name, field) end
  end
end
return 1
