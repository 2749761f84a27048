-- Gives back deliveries that this version cannot read, for another to take later. ARGV: 5 the sender's token, 6 ms until then,
-- 7 and following their ids.
for i = 7, #ARGV do
  local id = ARGV[i]
  local tenant, token = unpack(redis.call('HMGET', key('delivery', id), 'tenant', 'token'))
  if token == ARGV[5] then
    redis.call('HDEL', key('delivery', id), 'token')
    redis.call('ZADD', key('deliveries_due', tenant), now + tonumber(ARGV[6]), id)
    redis.call('ZREM', key('deliveries_sent', tenant), id)
    local first = redis.call('ZRANGE', key('deliveries_due', tenant), 0, 0, 'WITHSCORES')
    redis.call('ZADD', webhook_tenants, 'LT', math.max(tonumber(first[2]), now), tenant)
  end
end
return 1
