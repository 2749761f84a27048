-- Gives deliveries that are due to one sender, until its lease on them is over; of each tenant no more than some at once.
-- ARGV: 5 the sender's token, 6 how many at most, 7 how many of one tenant at once, 8 ms of the lease.
-- Answers for each its id and its record.
local token, most, at_once, lease = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local TENANTS_AT_ONCE = 100
local found = {}

local function take(tenant, id)
  local record = key('delivery', id)
  if redis.call('HEXISTS', record, 'job') == 0 then
    -- Its time was over, or a backup came without it.
    if redis.call('ZREM', key('deliveries_due', tenant), id) == 1 then count(-1, 'deliveries_waiting') end
    redis.call('DEL', record)
    return
  end
  redis.call('HSET', record, 'token', token)
  redis.call('ZADD', key('deliveries_due', tenant), now + lease, id)
  redis.call('ZADD', key('deliveries_sent', tenant), now + lease, id)
  table.insert(found, {id, redis.call('HGETALL', record)})
end

local function take_some(tenant)
  local due, sent = key('deliveries_due', tenant), key('deliveries_sent', tenant)
  redis.call('ZREMRANGEBYSCORE', sent, '-inf', now)
  local free = math.min(at_once - redis.call('ZCARD', sent), most - #found)
  if free > 0 then
    for _, id in ipairs(redis.call('ZRANGE', due, '-inf', now, 'BYSCORE', 'LIMIT', 0, free)) do take(tenant, id) end
  end
  local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  if #first == 0 then return redis.call('ZREM', webhook_tenants, tenant) end
  -- Where more is due it stands behind those whose turn has come meanwhile.
  local at = math.max(tonumber(first[2]), now)
  if redis.call('ZCARD', sent) >= at_once then
    -- Whoever is done with one of them looks anew.
    at = math.max(at, tonumber(redis.call('ZRANGE', sent, 0, 0, 'WITHSCORES')[2]))
  end
  redis.call('ZADD', webhook_tenants, at, tenant)
end

for _, tenant in ipairs(redis.call('ZRANGE', webhook_tenants, '-inf', now, 'BYSCORE', 'LIMIT', 0, TENANTS_AT_ONCE)) do
  if #found >= most then break end
  take_some(tenant)
end
return found
