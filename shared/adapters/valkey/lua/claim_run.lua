-- Gives the time of a schedule to one process alone, and sets the next one.
-- ARGV: 5 tenant, 6 id, 7 its JSON as the caller knows it, 8 ms of the time that has come; empty: somebody asks for a run now,
-- 9 ms of the next time or '', 10 ms of the time to run or '', 11 token, 12 ms that the claim lasts, 13 who asked or '',
-- 14 ms of the last time that was missed or '', 15 what is told of those that were missed.
-- Returns the ms of the time that is claimed, 0 where there is none, or nothing where another was first. Sent again, it
-- finds its token and gives the same claim.
local tenant, id = ARGV[5], ARGV[6]
local due, member, run = namespace .. ':schedules_due', tenant .. '/' .. id, ARGV[10]
local text = redis.call('HGET', key('schedules', tenant), id)

local function find_own()
  local claims = redis.call('HGETALL', namespace .. ':schedules_claimed')
  for i = 1, #claims, 2 do
    if string.match(claims[i + 1], '^%d+ (%S+) ') == ARGV[11] then return string.match(claims[i], '/(%d+)$') end
  end
end

local own = find_own()
if own then
  run = own
elseif ARGV[8] == '' then
  if not text then return false end
  run = string.format('%.0f', now)
else
  local score = redis.call('ZSCORE', due, member)
  if text ~= ARGV[7] or not score or tonumber(score) ~= tonumber(ARGV[8]) then return false end
  if ARGV[9] == '' then redis.call('ZREM', due, member) else redis.call('ZADD', due, ARGV[9], member) end
  if ARGV[14] ~= '' then tell_run(member, ARGV[14], ARGV[15]) end
  if run == '' then return 0 end
end
redis.call('HSET', namespace .. ':schedules_claimed', member .. '/' .. run, (now + ARGV[12]) .. ' ' .. ARGV[11] .. ' ' .. ARGV[13])
return tonumber(run)
