-- Enters a part of the jobs that an earlier version has left out into the indexes by user. Safe to send twice.
-- ARGV: 5 tenant, 6 how many at most. Answers 1 once all are entered.
local tenant, most = ARGV[5], tonumber(ARGV[6])
if is_indexed(tenant) then return 1 end
local reached = redis.call('HGET', indexed, tenant)
local start = reached and '(' .. reached or '-'
local entries = redis.call('ZRANGE', key('jobs', tenant), start, '+', 'BYLEX', 'LIMIT', 0, most)
for _, entry in ipairs(entries) do
  local job = read(string.sub(entry, 15))
  if job then
    index_job(tenant, job.created_by, entry)
    index_archive(job)
  end
end
local is_end = #entries < most
redis.call('HSET', indexed, tenant, is_end and '' or entries[#entries])
return is_end and 1 or 0
