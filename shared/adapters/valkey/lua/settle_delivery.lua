-- Writes what became of a try. ARGV: 5 id, 6 the sender's token, 7 state: delivered, given_up, or waiting for another try,
-- 8 the answer's status or '', 9 what went wrong or '', 10 ms until another try.
-- Answers the state then: one whose day is over is given up; nothing where the lease was lost.
local id, state, wait = ARGV[5], ARGV[7], tonumber(ARGV[10])
local record = key('delivery', id)
local tenant, token, over = unpack(redis.call('HMGET', record, 'tenant', 'token', 'until'))
if token ~= ARGV[6] then return '' end
if state == 'waiting' and now + wait > tonumber(over) then state = 'given_up' end

local due = key('deliveries_due', tenant)
redis.call('HDEL', record, 'token', 'next')
redis.call('HINCRBY', record, 'attempts', 1)
redis.call('HSET', record, 'state', state, 'tried', now, 'code', ARGV[8], 'error', ARGV[9])
if state == 'waiting' then
  redis.call('HSET', record, 'next', now + wait)
  redis.call('ZADD', due, now + wait, id)
else
  if redis.call('ZREM', due, id) == 1 then count(-1, 'deliveries_waiting') end
  count(1, 'deliveries', state)
end
redis.call('ZREM', key('deliveries_sent', tenant), id)
local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
if #first == 0 then
  redis.call('ZREM', webhook_tenants, tenant)
else
  -- It keeps the place that it waits at, and gets none before others by what is due for long.
  redis.call('ZADD', webhook_tenants, 'LT', math.max(tonumber(first[2]), now), tenant)
end
return state
