-- ARGV: 5 id, 6 attempt, 7 nonce. Answers the record, or nothing when the attempt is not there to be taken.
local id, attempt, nonce = ARGV[5], tonumber(ARGV[6]), ARGV[7]
local job = read(id)
if not job or has_ended(job) or job.attempt ~= attempt then return false end
if redis.call('HGET', slots, job.tenant) ~= id then return false end
-- The same worker asks again because the answer was lost.
if job.nonce == nonce then return fields_of(id) end
if job.nonce then return false end

if not job.started then observe('wait', job.kind, now - job.created) end
if attempt > 1 then count(1, 'taken_over', job.kind) end
write(job, {
  nonce = nonce,
  -- By the clock, so that a fence is never given twice, not even by a store that came back without its last writes.
  -- Some are left out: undos take them, to shut out what their own holder has sent before.
  fence = math.max(job.fence + 10, now),
  lease_until = now + lease_ms,
  deadline = job.deadline or now + job.deadline_seconds * 1000,
  started = job.started or now,
  status = 'in_progress',
  phase = 'starting',
})
clear(job, 'stuck_since')
-- What stays in the queue is what waits, so that its length says how many workers are wanted. arq has read it all.
forget_event(job)
note(job, 'claimed')
return fields_of(id)
