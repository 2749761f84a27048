-- What every transition stands on: clock, keys, record, event stream, queues, the tenant's slot.
-- KEYS, where the store may be a cluster: one that never exists, so that a server that does not have all keys of its slot
-- refuses the whole script instead of a part of it.
-- ARGV of every script: 1 namespace, 2 lease ms, 3 ms that ended jobs are kept, 4 crashes after which a job is undone.
local namespace, lease_ms, kept_ms, max_crashes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local is_tagged = string.sub(namespace, 1, 1) == '{'
if not is_tagged then
  local moved = redis.call('GET', namespace .. ':moved')
  if moved then return redis.error_reply((moved == 'done' and 'KEYSMOVED' or 'KEYSMOVING') .. ' the keys are elsewhere') end
end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local HISTORY_LENGTH = 200
-- Workers compare an event's score with their own clock: one that lags by less than this, a year, still sees new events.
local CLOCK_SLACK_MS = 365 * 24 * 3600 * 1000
local TERMINAL = {closed = true, closed_by_timeout = true, failed = true, cancelled = true}
local NUMBERS = {'attempt', 'crashes', 'fence', 'lease_until', 'deadline', 'deadline_seconds', 'stuck_since', 'awaited',
  'unknown_to', 'created', 'started'}

local function key(kind, name)
  return namespace .. ':' .. kind .. ':' .. name
end

local slots = namespace .. ':slots'

local function fields_of(id)
  return redis.call('HGETALL', key('job', id))
end

local function read(id)
  local flat = fields_of(id)
  if #flat == 0 then return nil end
  local job = {}
  for i = 1, #flat, 2 do job[flat[i]] = flat[i + 1] end
  for _, field in ipairs(NUMBERS) do job[field] = tonumber(job[field]) end
  return job
end

-- Also in a way that only a later version knows.
local function has_ended(job)
  return TERMINAL[job.status] or job.ended ~= nil
end

-- What became of the jobs of all tenants since there is this store, and how many have not ended: a hash, whose fields are a
-- family with its labels. A scrape reads it whole, however many jobs there are. Each tenant's unfinished jobs stand apart.
local totals, tenant_jobs, LABEL_END = namespace .. ':totals', namespace .. ':tenant_jobs', '\31'
-- Seconds up to which a time counts for the bucket that is called by them.
local BUCKETS = {1, 5, 15, 60, 300, 1800, 7200, 28800}

local function count(by, ...)
  redis.call('HINCRBY', totals, table.concat({...}, LABEL_END), by)
end

local function observe(family, kind, ms)
  local bucket = '+Inf'
  for i = #BUCKETS, 1, -1 do
    if ms <= BUCKETS[i] * 1000 then bucket = tostring(BUCKETS[i]) end
  end
  count(1, family, kind, bucket)
  count(ms, family .. '_ms', kind)
end

local function count_unfinished(job, by)
  if not job.status or has_ended(job) then return end
  local all = table.concat({'unfinished', job.status, job.surface, job.kind}, LABEL_END)
  -- A job that an earlier version accepted was never added.
  if redis.call('HINCRBY', totals, all, by) < 0 then redis.call('HSET', totals, all, 0) end
  local field = table.concat({job.tenant, job.status}, LABEL_END)
  if redis.call('HINCRBY', tenant_jobs, field, by) <= 0 then redis.call('HDEL', tenant_jobs, field) end
end

local function write(job, changes)
  local arguments = {'updated', now}
  if changes.status then count_unfinished(job, -1) end
  for field, value in pairs(changes) do
    job[field] = value
    table.insert(arguments, field)
    table.insert(arguments, value)
  end
  redis.call('HSET', key('job', job.id), unpack(arguments))
  if changes.status then count_unfinished(job, 1) end
end

local function clear(job, ...)
  for _, field in ipairs({...}) do job[field] = nil end
  redis.call('HDEL', key('job', job.id), ...)
end

-- What becomes of a tenant's jobs, minute by minute: a hash for each hour, gone a day later.
local HOUR_MS, MINUTE_MS, TALLY_KEPT_MS = 3600000, 60000, 26 * 3600000

local function tally(tenant, what, by)
  local hour = key('minutes', tenant .. '/' .. math.floor(now / HOUR_MS))
  local minute = math.floor(now / MINUTE_MS)
  redis.call('HINCRBY', hour, minute .. ':' .. what, by)
  redis.call('HSET', hour, minute .. ':running', redis.call('HEXISTS', slots, tenant),
    minute .. ':waiting', redis.call('LLEN', key('waiting', tenant)) + redis.call('LLEN', key('held', tenant)))
  redis.call('PEXPIRE', hour, TALLY_KEPT_MS)
end

local function elements_of(counts)
  local told = counts and cjson.decode(counts) or {}
  return (told.nodes_done or 0) + (told.relationships_done or 0)
end

-- Counts that begin anew, in another attempt or another half of a job, add nothing until they grow.
local function tally_progress(job, counts)
  local more = math.max(elements_of(counts) - elements_of(job.counts), 0)
  tally(job.tenant, 'elements', more)
  count(more, 'elements', job.kind)
end

-- A tenant's jobs by the time of submission: all of them, and those of each user. Equal scores order an index by its
-- members' text. Entries may outlive their records; no record outlives its entry.
local function index_job(tenant, user, entry)
  local oldest = '(' .. string.format('%013d', now - 2 * kept_ms)
  local owned = key('owned', tenant .. '/' .. user)
  for _, index in ipairs({key('jobs', tenant), owned}) do
    redis.call('ZREMRANGEBYLEX', index, '-', oldest)
    redis.call('ZADD', index, 0, entry)
  end
  redis.call('PEXPIRE', owned, 2 * kept_ms)
end

-- Earlier versions kept no index by user. The place up to which a tenant's jobs were entered since; '' is the end.
local indexed = namespace .. ':indexed'

local function is_indexed(tenant)
  return redis.call('HGET', indexed, tenant) == '' or redis.call('EXISTS', key('jobs', tenant)) == 0
end

local function note(job, what)
  redis.call('XADD', key('history', job.id), 'MAXLEN', HISTORY_LENGTH, '*',
    'event', what, 'status', job.status, 'attempt', job.attempt, 'phase', job.phase)
end

-- Which archives a user's closed exports wrote, by size and name: each until its record goes, a later record prolongs it.
local function index_archive(job)
  if job.status ~= 'closed' or job.kind ~= 'export' or not job.archive then return end
  local archive, written = cjson.decode(job.archive), key('written', job.tenant .. '/' .. job.created_by)
  count(archive.bytes, 'archive_bytes')
  redis.call('ZREMRANGEBYSCORE', written, '-inf', now)
  local goes = now + redis.call('PTTL', key('job', job.id))
  redis.call('ZADD', written, 'GT', goes, string.format('%.0f:', archive.bytes) .. archive.name)
  redis.call('PEXPIRE', written, kept_ms)
end

-- The record, if this claim (fence and attempt) still holds it.
local function held(id, fence, attempt)
  local job = read(id)
  if job and not has_ended(job) and job.nonce and job.fence == tonumber(fence) and job.attempt == tonumber(attempt) then
    return job
  end
  return nil
end

-- arq's own format of version 0.28: the job's payload under one key, its id in the queue's sorted set.
local arq = is_tagged and namespace .. ':arq:' or 'arq:'

local function arq_id(job)
  return job.id .. ':' .. job.attempt
end

local function enqueue(job, queue)
  write(job, {queue = queue})
  local event = {job_id = job.id, attempt = job.attempt}
  local payload = cjson.encode({t = cjson.null, f = 'handle_event', a = {event}, k = {}, et = now})
  redis.call('SET', arq .. 'job:' .. arq_id(job), payload)
  redis.call('ZADD', key('queue', queue), now - CLOCK_SLACK_MS, arq_id(job))
end

local function forget_event(job)
  local id = arq_id(job)
  redis.call('ZREM', key('queue', 'work'), id)
  redis.call('ZREM', key('queue', 'undo'), id)
  redis.call('DEL', arq .. 'job:' .. id, arq .. 'in-progress:' .. id, arq .. 'retry:' .. id)
end

local function deadline_over(job)
  return job.deadline and job.deadline <= now
end

-- What only needs undoing goes where every worker keeps a place free; past its publish point a job only goes forward.
local function queue_for(job)
  if not job.refused and (job.cancel or deadline_over(job) or job.crashes >= max_crashes) then return 'undo' end
  return 'work'
end

local function next_attempt(job, why)
  forget_event(job)
  clear(job, 'nonce', 'lease_until', 'stuck_since')
  write(job, {attempt = job.attempt + 1})
  enqueue(job, queue_for(job))
  note(job, why)
  count(1, 'again', why)
end

-- Ids that a record keeps as JSON.
local function dependencies_of(job)
  return job.depends_on and cjson.decode(job.depends_on) or {}
end

local function take_slot(job)
  redis.call('HSET', slots, job.tenant, job.id)
  write(job, {attempt = job.attempt + 1})
  enqueue(job, 'work')
  note(job, 'queued')
end

-- Gives the tenant's slot, if it is free, to its next waiting job.
local function start_next(tenant)
  while redis.call('HEXISTS', slots, tenant) == 0 do
    local next_id = redis.call('LPOP', key('waiting', tenant))
    if not next_id then return end
    local job = read(next_id)
    if job and not has_ended(job) then take_slot(job) end
  end
end

-- The one place where a slot is released.
local function release(tenant, id)
  if redis.call('HGET', slots, tenant) ~= id then return end
  redis.call('HDEL', slots, tenant)
  start_next(tenant)
end

local end_job

-- A job that waits for others takes its place in line when the last of them has closed; it fails when one ends otherwise.
local function tell_dependent(job, ended, status)
  if status ~= 'closed' then
    local message = 'Job ' .. ended.id .. ', for which this one was to wait, ended as ' .. status .. '.'
    write(job, {failure = cjson.encode({code = 'DEPENDENCY_FAILED', message = message, details = {ended.id}})})
    return end_job(job, 'failed')
  end
  write(job, {awaited = job.awaited - 1})
  if job.awaited > 0 then return end
  redis.call('LREM', key('held', job.tenant), 0, job.id)
  redis.call('RPUSH', key('waiting', job.tenant), job.id)
  note(job, 'released')
end

local function tell_dependents(ended, status)
  local dependents = key('dependents', ended.id)
  for _, id in ipairs(redis.call('LRANGE', dependents, 0, -1)) do
    local job = read(id)
    if job and not has_ended(job) then tell_dependent(job, ended, status) end
  end
  redis.call('DEL', dependents)
end

-- Webhooks. An ending writes down what is to be told to whom, in the same step; gateways send it. A tenant's deliveries stand
-- by the time that they were written, and those not done with by the time that each is next to be taken.
local webhooks, webhook_tenants = namespace .. ':webhooks', namespace .. ':webhook_tenants'
local OUTCOMES = {closed = 'succeeded', closed_by_timeout = 'failed', failed = 'failed', cancelled = 'cancelled'}
local DELIVERIES_KEPT_MS, MOST_DELIVERIES, DELIVERY_TRIED_MS = 7 * 24 * 3600000, 10000, 24 * 3600000

-- The oldest go when there are too many: one that waits still is given up.
local function bound_deliveries(tenant)
  local listed = key('deliveries', tenant)
  redis.call('ZREMRANGEBYSCORE', listed, '-inf', now - DELIVERIES_KEPT_MS)
  local over = redis.call('ZCARD', listed) - MOST_DELIVERIES
  if over <= 0 then return end
  for _, id in ipairs(redis.call('ZRANGE', listed, 0, over - 1)) do
    if redis.call('ZREM', key('deliveries_due', tenant), id) == 1 then
      count(-1, 'deliveries_waiting')
      count(1, 'deliveries', 'given_up')
    end
    redis.call('ZREM', listed, id)
    redis.call('DEL', key('delivery', id))
  end
end

-- Has a delivery taken as soon as a sender looks.
local function make_due(tenant, id)
  redis.call('HSET', key('delivery', id), 'state', 'waiting', 'attempts', 0, 'next', now, 'until', now + DELIVERY_TRIED_MS)
  redis.call('PEXPIRE', key('delivery', id), DELIVERIES_KEPT_MS)
  if redis.call('ZADD', key('deliveries_due', tenant), now, id) == 1 then count(1, 'deliveries_waiting') end
  redis.call('ZADD', webhook_tenants, 'LT', now, tenant)
end

-- An ending that is told twice is one delivery.
local function add_delivery(job, target, outcome)
  local id = table.concat({job.id, outcome, target}, '-')
  if redis.call('EXISTS', key('delivery', id)) == 1 then return end
  redis.call('HSET', key('delivery', id),
    'job', job.id, 'tenant', job.tenant, 'target', target, 'outcome', outcome, 'created', now)
  redis.call('ZADD', key('deliveries', job.tenant), now, id)
  make_due(job.tenant, id)
  bound_deliveries(job.tenant)
end

local function is_listed(list, word)
  if type(list) ~= 'table' then return true end
  for _, each in ipairs(list) do
    if each == word then return true end
  end
  return false
end

-- A record that cannot be read keeps no job from ending.
local function wants(text, job, outcome)
  local is_read, webhook = pcall(cjson.decode, text)
  return is_read and type(webhook) == 'table' and webhook.enabled == true
    and is_listed(webhook.outcomes, outcome) and is_listed(webhook.kinds, job.kind)
end

local function tell_webhooks(job, status)
  local outcome = OUTCOMES[status]
  if not outcome then return end
  local text = redis.call('HGET', webhooks, job.tenant)
  if text and wants(text, job, outcome) then add_delivery(job, 'tenant', outcome) end
  if job.webhook then add_delivery(job, 'job', outcome) end
end

local function count_ended(job)
  local told, failure = pcall(cjson.decode, job.failure or '{}')
  count(1, 'ended', job.surface, job.kind, job.status, told and failure.code or '')
  if job.started then observe('run', job.kind, now - job.started) end
end

-- The one place where a job ends.
function end_job(job, status)
  write(job, {status = status, phase = 'ended', ended = now})
  clear(job, 'lease_until')
  forget_event(job)
  note(job, status)
  local ended = key('ended', job.tenant)
  redis.call('ZADD', ended, now, job.id)
  redis.call('ZREMRANGEBYSCORE', ended, '-inf', now - kept_ms)
  redis.call('PEXPIRE', key('job', job.id), kept_ms)
  redis.call('PEXPIRE', key('history', job.id), kept_ms)
  index_archive(job)
  if job.idempotency_key then
    redis.call('PEXPIRE', key('idempotency', job.tenant .. '/' .. job.idempotency_key), kept_ms)
  end
  redis.call('LREM', key('held', job.tenant), 0, job.id)
  tell_dependents(job, status)
  release(job.tenant, job.id)
  start_next(job.tenant)
  tally(job.tenant, 'jobs_ended', 1)
  count_ended(job)
  tell_webhooks(job, status)
end

local RUNS_KEPT = 50

-- What became of a time of a schedule; of each the last so many are kept.
local function tell_run(member, at, told)
  local runs = key('schedule_runs', member)
  redis.call('HSET', runs, at, told)
  local times = redis.call('HKEYS', runs)
  if #times <= RUNS_KEPT then return end
  table.sort(times, function(one, other) return tonumber(one) < tonumber(other) end)
  for i = 1, #times - RUNS_KEPT do redis.call('HDEL', runs, times[i]) end
end
