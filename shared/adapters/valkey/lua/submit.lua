-- ARGV: 5 id, 6 tenant, 7 idempotency key or '', 8 refuse or queue, 9 waiting limit, 10… field, value, …
local id, tenant, idempotency_key, when_busy, waiting_limit = ARGV[5], ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
local remembered = key('idempotency', tenant .. '/' .. idempotency_key)

local function accepted_before()
  if redis.call('EXISTS', key('job', id)) == 1 then return id end
  local other = idempotency_key ~= '' and redis.call('GET', remembered)
  return other and redis.call('EXISTS', key('job', other)) == 1 and other
end

local function find_holder()
  local holder = redis.call('HGET', slots, tenant)
  local job = holder and read(holder)
  if holder and (not job or has_ended(job)) then
    release(tenant, holder)
    return redis.call('HGET', slots, tenant)
  end
  return holder
end

local known = accepted_before()
if known then
  -- A write, however small, is what WAITAOF on this connection then waits for, and all that was written before it.
  redis.call('HINCRBY', key('job', known), 'submissions', 1)
  return {'known', fields_of(known)}
end

local job = {id = id}
local fields = {attempt = 0, crashes = 0, fence = 0, status = 'created', phase = 'waiting', created = now, submissions = 1}
for i = 10, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end

local unfinished = {}
for _, other_id in ipairs(dependencies_of(fields)) do
  local other = read(other_id)
  if not other or other.tenant ~= tenant then return {'unknown', other_id} end
  if has_ended(other) and other.status ~= 'closed' then return {'failed', other_id, other.status} end
  if other.status ~= 'closed' then table.insert(unfinished, other_id) end
end
local must_wait = #unfinished > 0

local holder = find_holder()
if holder and when_busy == 'refuse' then return {'busy', holder} end
local in_line = redis.call('LLEN', key('waiting', tenant)) + redis.call('LLEN', key('held', tenant))
if (holder or must_wait) and in_line >= waiting_limit then return {'full'} end

if must_wait then fields.awaited = #unfinished end
write(job, fields)
if is_indexed(tenant) then redis.call('HSET', indexed, tenant, '') end
index_job(tenant, job.created_by, string.format('%013d', now) .. ':' .. id)
if idempotency_key ~= '' then redis.call('SET', remembered, id) end
note(job, 'submitted')
if must_wait then
  redis.call('RPUSH', key('held', tenant), id)
  for _, other_id in ipairs(unfinished) do redis.call('RPUSH', key('dependents', other_id), id) end
elseif holder then
  redis.call('RPUSH', key('waiting', tenant), id)
else
  take_slot(job)
end
tally(tenant, 'jobs_ended', 0)
count(1, 'accepted', job.surface, job.kind)
return {'accepted', fields_of(id)}
