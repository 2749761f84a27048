-- Says which times have come, and gives the caller those whose claims ran out.
-- ARGV: 5 how many in all, 6 the token of new claims, 7 ms that they last, 8 how many of one tenant, 9… a tenant, how many it has.
-- Returns now in ms, what has come as {member, ms, JSON}, what is taken over as {member, ms, JSON, by}; of all that wait their
-- number and the first ms.
local due, claimed = namespace .. ':schedules_due', namespace .. ':schedules_claimed'
local left, share, has = tonumber(ARGV[5]), tonumber(ARGV[8]), {}
for i = 9, #ARGV, 2 do has[ARGV[i]] = tonumber(ARGV[i + 1]) end
local waiting, oldest = 0, '0'

local function split(member)
  local tenant, rest = string.match(member, '^([^/]*)/(.*)$')
  return tenant, rest
end

local function note(at)
  if waiting == 0 or tonumber(at) < tonumber(oldest) then oldest = at end
  waiting = waiting + 1
end

local function has_room(tenant)
  return left > 0 and (has[tenant] or 0) < share
end

local function take_room(tenant)
  left, has[tenant] = left - 1, (has[tenant] or 0) + 1
end

local taken = {}
local claims = redis.call('HGETALL', claimed)
for i = 1, #claims, 2 do
  local ends, _, by = string.match(claims[i + 1], '^(%d+) (%S+) (.*)$')
  if tonumber(ends) <= now then
    local member, at = string.match(claims[i], '^(.*)/(%d+)$')
    local tenant, id = split(member)
    note(at)
    if has_room(tenant) then
      local text = redis.call('HGET', key('schedules', tenant), id)
      if text then
        take_room(tenant)
        redis.call('HSET', claimed, claims[i], (now + ARGV[7]) .. ' ' .. ARGV[6] .. ' ' .. by)
        table.insert(taken, {member, at, text, by})
      else
        redis.call('HDEL', claimed, claims[i])
      end
    end
  end
end

local come = {}
local found = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'WITHSCORES')
for i = 1, #found, 2 do
  local tenant, id = split(found[i])
  note(found[i + 1])
  if has_room(tenant) then
    local text = redis.call('HGET', key('schedules', tenant), id)
    if text then
      take_room(tenant)
      table.insert(come, {found[i], found[i + 1], text})
    else
      redis.call('ZREM', due, found[i])
    end
  end
end
return {now, come, taken, waiting, oldest}
