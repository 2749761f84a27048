-- ARGV: 5 id, 6 fence, 7 attempt. Answers ok, cancel, deadline or lost.
local job = held(ARGV[5], ARGV[6], ARGV[7])
if not job then return 'lost' end
if job.refused then return 'ok' end
if job.cancel then return 'cancel' end
if deadline_over(job) then return 'deadline' end
write(job, {refused = 1})
note(job, 'cancel_refused')
return 'ok'
