-- After all jobs of a tenant have their places again: forgets those without a record, frees a slot whose job has ended, gives
-- a free one to the next job. Safe to send twice. ARGV: 5 tenant.
local tenant = ARGV[5]
for _, list in ipairs({'waiting', 'held'}) do
  for _, id in ipairs(redis.call('LRANGE', key(list, tenant), 0, -1)) do
    if redis.call('EXISTS', key('job', id)) == 0 then redis.call('LREM', key(list, tenant), 0, id) end
  end
end
local holder = redis.call('HGET', slots, tenant)
local job = holder and read(holder)
if holder and (not job or has_ended(job)) then release(tenant, holder) end
start_next(tenant)
