-- Forgets a tenant's webhook and its deliveries; those that wait are given up. ARGV: 5 tenant.
local tenant = ARGV[5]
local due = key('deliveries_due', tenant)
local waiting = redis.call('ZCARD', due)
if waiting > 0 then
  count(-waiting, 'deliveries_waiting')
  count(waiting, 'deliveries', 'given_up')
end
for _, kept in ipairs({key('deliveries', tenant), due}) do
  for _, id in ipairs(redis.call('ZRANGE', kept, 0, -1)) do redis.call('DEL', key('delivery', id)) end
  redis.call('DEL', kept)
end
redis.call('DEL', key('deliveries_sent', tenant))
redis.call('ZREM', webhook_tenants, tenant)
redis.call('HDEL', webhooks, tenant)
return 1
