-- Has a delivery sent once more, and tried for another day. ARGV: 5 tenant, 6 id. Answers its record; nothing where the tenant
-- has no such delivery.
local tenant, id = ARGV[5], ARGV[6]
local record = key('delivery', id)
if redis.call('HGET', record, 'tenant') ~= tenant then return false end
-- One that is being sent at this moment is told of by whoever sends it.
local lease = redis.call('ZSCORE', key('deliveries_sent', tenant), id)
if not lease or tonumber(lease) <= now then
  redis.call('HDEL', record, 'token')
  make_due(tenant, id)
end
return redis.call('HGETALL', record)
