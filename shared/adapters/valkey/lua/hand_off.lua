-- ARGV: 5 id, 6 fence, 7 attempt, 8 unknown where the worker does not know what the job asks for. Answers 1, or 0 when the claim is lost.
local fence, attempt = tonumber(ARGV[6]), tonumber(ARGV[7])
local job = held(ARGV[5], fence, attempt)
if job then
  if ARGV[8] == 'unknown' then
    write(job, {unknown_to = (job.unknown_to or 0) + 1})
  elseif job.unknown_to then
    clear(job, 'unknown_to')
  end
  next_attempt(job, 'handed_off')
  return 1
end
-- Sent twice: the next attempt is queued already, and nobody has claimed it, or the fence would be another.
local after = read(ARGV[5])
return after and after.fence == fence and after.attempt == attempt + 1 and 1 or 0
