-- Gives a restored job its places again. The keys of a backup are not all of one moment; the record is the truth.
-- Safe to send twice, as long as no worker is at work. ARGV: 5 id. Answers the tenant of a job that has not ended.
local job = read(ARGV[5])
if not job then
  redis.call('DEL', key('dependents', ARGV[5]))
  return false
end

local function take_out_of(...)
  for _, list in ipairs({...}) do redis.call('LREM', key(list, job.tenant), 0, job.id) end
end

local function put_into(list, name)
  if not redis.call('LPOS', key(list, name), job.id) then redis.call('RPUSH', key(list, name), job.id) end
end

-- What a submission and an ending write beside the record.
local function enter()
  index_job(job.tenant, job.created_by, string.format('%013d', job.created) .. ':' .. job.id)
  local remembered = job.idempotency_key and key('idempotency', job.tenant .. '/' .. job.idempotency_key)
  if remembered then redis.call('SET', remembered, job.id, 'NX') end
  if not has_ended(job) then return end
  redis.call('ZADD', key('ended', job.tenant), 'NX', job.ended or now, job.id)
  redis.call('PEXPIRE', key('history', job.id), kept_ms, 'NX')
  if remembered then redis.call('PEXPIRE', remembered, kept_ms, 'NX') end
end

-- Those that it waits for and that have not ended; nothing where it failed, because one of them ended badly or is lost.
local function find_awaited()
  local awaited = {}
  for _, id in ipairs(dependencies_of(job)) do
    local other = read(id)
    if not other or (has_ended(other) and other.status ~= 'closed') then
      tell_dependent(job, {id = id}, other and other.status or 'lost')
      return nil
    end
    if not has_ended(other) then table.insert(awaited, id) end
  end
  return awaited
end

local function hold(awaited)
  if job.awaited ~= #awaited then write(job, {awaited = #awaited}) end
  take_out_of('waiting')
  put_into('held', job.tenant)
  for _, id in ipairs(awaited) do put_into('dependents', id) end
end

-- It has had the slot. Where another job has it now, this one is to have it next.
local function give_slot(holder)
  local other = holder and read(holder)
  take_out_of('waiting', 'held')
  if not other or has_ended(other) then
    redis.call('HSET', slots, job.tenant, job.id)
  else
    clear(job, 'nonce', 'lease_until', 'stuck_since')
    redis.call('LPUSH', key('waiting', job.tenant), job.id)
  end
end

local function place()
  local holder = redis.call('HGET', slots, job.tenant)
  if holder == job.id then return take_out_of('waiting', 'held') end
  if job.attempt > 0 then return give_slot(holder) end
  local awaited = find_awaited()
  if not awaited then return end
  if #awaited > 0 then return hold(awaited) end
  take_out_of('held')
  put_into('waiting', job.tenant)
end

enter()
if has_ended(job) then
  take_out_of('waiting', 'held')
  redis.call('DEL', key('dependents', job.id))
  return false
end
place()
return job.tenant
