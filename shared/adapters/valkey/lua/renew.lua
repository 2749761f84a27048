-- ARGV: 5 id, 6 fence, 7 attempt, 8 phase, 9 counts (JSON). Answers ok, cancel, deadline or lost.
local job = held(ARGV[5], ARGV[6], ARGV[7])
if not job then return 'lost' end
tally_progress(job, ARGV[9])
local before = job.phase
write(job, {lease_until = now + lease_ms, phase = ARGV[8], counts = ARGV[9]})
if before ~= job.phase then note(job, 'phase') end
if job.refused then return 'ok' end
if job.cancel then return 'cancel' end
if deadline_over(job) then return 'deadline' end
return 'ok'
