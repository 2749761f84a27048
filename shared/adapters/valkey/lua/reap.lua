-- Looks at the holders of some slots, at the next ones each time. Answers how many records changed.
-- A worker renews at the very moment of its job's deadline; one that has not done so by now is gone or asleep.
local DEADLINE_SLACK_MS = 1000
-- From arq's picking an event up to the claim it takes milliseconds; after this its worker is gone.
local PICKED_UP_MS = 10000

local function event_is_missing(job)
  return redis.call('EXISTS', arq .. 'job:' .. arq_id(job)) == 0
    or not redis.call('ZSCORE', key('queue', job.queue), arq_id(job))
end

local function is_stuck(job)
  if redis.call('EXISTS', arq .. 'in-progress:' .. arq_id(job)) == 0 then return false end
  if not job.stuck_since then
    redis.call('HSET', key('job', job.id), 'stuck_since', now)
    return false
  end
  return now - job.stuck_since > PICKED_UP_MS
end

local function reap_claimed(job)
  if job.lease_until <= now then
    write(job, {crashes = job.crashes + 1})
    next_attempt(job, 'worker_lost')
    return true
  end
  local renewed = job.lease_until - lease_ms
  if not job.refused and job.deadline + DEADLINE_SLACK_MS <= now and renewed < job.deadline then
    next_attempt(job, 'deadline_reached')
    return true
  end
  return false
end

local function reap_queued(job)
  if (job.queue == 'work' and queue_for(job) == 'undo') or event_is_missing(job) or is_stuck(job) then
    next_attempt(job, 'requeued')
    return true
  end
  return false
end

local function reap_slot(tenant, id)
  local job = read(id)
  if not job or has_ended(job) then
    release(tenant, id)
    return true
  end
  if job.nonce then return reap_claimed(job) end
  return reap_queued(job)
end

-- Jobs of an earlier version are in no count, nor are those that a worker of one ends. Whatever has not ended waits behind a
-- slot's holder.
local COUNTED_MS = 600000

local function add_to(counts, ...)
  local field = table.concat({...}, LABEL_END)
  counts[field] = (counts[field] or 0) + 1
end

local function count_each(ids, all, by_tenant)
  for _, id in ipairs(ids) do
    local tenant, surface, kind, status, ended =
      unpack(redis.call('HMGET', key('job', id), 'tenant', 'surface', 'kind', 'status', 'ended'))
    if status and not TERMINAL[status] and not ended then
      add_to(all, 'unfinished', status, surface, kind)
      add_to(by_tenant, tenant, status)
    end
  end
end

local function count_anew(holders)
  if not redis.call('SET', namespace .. ':counted', now, 'NX', 'PX', COUNTED_MS) then return end
  local all, by_tenant = {}, {}
  for i = 1, #holders, 2 do
    count_each({holders[i + 1]}, all, by_tenant)
    count_each(redis.call('LRANGE', key('waiting', holders[i]), 0, -1), all, by_tenant)
    count_each(redis.call('LRANGE', key('held', holders[i]), 0, -1), all, by_tenant)
  end
  for _, field in ipairs(redis.call('HKEYS', totals)) do
    if string.find(field, '^unfinished' .. LABEL_END) then redis.call('HDEL', totals, field) end
  end
  for field, number in pairs(all) do redis.call('HSET', totals, field, number) end
  redis.call('DEL', tenant_jobs)
  for field, number in pairs(by_tenant) do redis.call('HSET', tenant_jobs, field, number) end
end

-- Of thousands of slots, so many at once: the store answers nobody meanwhile. A small hash comes whole.
local SLOTS_AT_ONCE = 300
local reaped_to = namespace .. ':reaped_to'

local changed = 0
local next_slots, flat = unpack(redis.call('HSCAN', slots, redis.call('GET', reaped_to) or '0', 'COUNT', SLOTS_AT_ONCE))
redis.call('SET', reaped_to, next_slots)
for i = 1, #flat, 2 do
  if reap_slot(flat[i], flat[i + 1]) then changed = changed + 1 end
end
count_anew(redis.call('HGETALL', slots))
return changed
