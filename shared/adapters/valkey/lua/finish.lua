-- ARGV: 5 id, 6 fence, 7 attempt, 8 terminal status, 9… field, value, … Answers 1, or 0 when the claim is lost.
local job = held(ARGV[5], ARGV[6], ARGV[7])
if not job then
  local ended = read(ARGV[5])
  local by_this_claim = ended and ended.fence == tonumber(ARGV[6]) and ended.attempt == tonumber(ARGV[7])
  return by_this_claim and has_ended(ended) and 1 or 0
end
local fields = {}
for i = 9, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
if fields.report then
  redis.call('SET', key('report', job.id), fields.report, 'PX', kept_ms)
  fields.report = nil
end
if fields.counts then tally_progress(job, fields.counts) end
write(job, fields)
end_job(job, ARGV[8])
return 1
