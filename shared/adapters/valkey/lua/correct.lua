-- ARGV: 5 id, 6 terminal status, 7… field, value, … Answers 1, or 0 where the record says nothing to correct.
local job = read(ARGV[5])
if not job or not TERMINAL[job.status] or job.status == 'closed' then return 0 end
local fields = {status = ARGV[6]}
for i = 7, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
write(job, fields)
if not fields.failure then clear(job, 'failure') end
index_archive(job)
-- So that whoever follows changes finds this one.
redis.call('ZADD', key('ended', job.tenant), now, job.id)
note(job, 'corrected')
tell_webhooks(job, job.status)
return 1
