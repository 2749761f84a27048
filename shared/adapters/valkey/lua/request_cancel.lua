-- ARGV: 5 id, 6 cancellation (JSON). Answers unknown, or ended, or the record.
local id = ARGV[5]
local job = read(id)
if not job then return {'unknown'} end
if job.status == 'cancelled' then return {'accepted', fields_of(id)} end
if has_ended(job) or job.refused then return {'ended', job.status} end
if job.cancel then return {'accepted', fields_of(id)} end

write(job, {cancel = ARGV[6]})
if job.fence == 0 then
  -- Never claimed: there is nothing to stop, and nothing to undo.
  redis.call('LREM', key('waiting', job.tenant), 0, id)
  end_job(job, 'cancelled')
else
  note(job, 'cancel_requested')
  -- Between attempts: its event must not wait behind long jobs.
  if not job.nonce and job.queue ~= 'undo' then next_attempt(job, 'requeued') end
  redis.call('PUBLISH', namespace .. ':cancels', id)
end
return {'accepted', fields_of(id)}
