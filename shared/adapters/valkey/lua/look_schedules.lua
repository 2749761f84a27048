-- Says which times have come, and gives the caller those whose claims ran out.
-- ARGV: 5 how many of each, 6 the token of new claims, 7 ms that they last.
-- Returns now in ms, what has come as {member, ms, JSON}, what is taken over as {member, ms, JSON, by}.
local most, due, claimed = tonumber(ARGV[5]), namespace .. ':schedules_due', namespace .. ':schedules_claimed'

local function split(member)
  local tenant, rest = string.match(member, '^([^/]*)/(.*)$')
  return tenant, rest
end

local come = {}
local found = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
for i = 1, #found, 2 do
  local tenant, id = split(found[i])
  local text = redis.call('HGET', key('schedules', tenant), id)
  if text then table.insert(come, {found[i], found[i + 1], text}) else redis.call('ZREM', due, found[i]) end
end

local taken = {}
local claims = redis.call('HGETALL', claimed)
for i = 1, #claims, 2 do
  local ends, _, by = string.match(claims[i + 1], '^(%d+) (%S+) (.*)$')
  if #taken < most and tonumber(ends) <= now then
    local member, at = string.match(claims[i], '^(.*)/(%d+)$')
    local tenant, id = split(member)
    local text = redis.call('HGET', key('schedules', tenant), id)
    if text then
      redis.call('HSET', claimed, claims[i], (now + ARGV[7]) .. ' ' .. ARGV[6] .. ' ' .. by)
      table.insert(taken, {member, at, text, by})
    else
      redis.call('HDEL', claimed, claims[i])
    end
  end
end
return {now, come, taken}
