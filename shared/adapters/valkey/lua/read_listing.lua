-- ARGV: 5 tenant, 6 time since which jobs have ended (ms); of those, 7 user or '', 8 kind or '', 9 how many at most, 10 how
-- many are looked at, -1 for all.
-- Answers the time in ms, the records of the unfinished, and those of the ended.
local tenant, user, kind, most = ARGV[5], ARGV[7], ARGV[8], tonumber(ARGV[9])
local unfinished, ended = {}, {}

local function add_unfinished(id)
  local status, over = unpack(redis.call('HMGET', key('job', id), 'status', 'ended'))
  if status and not TERMINAL[status] and not over then table.insert(unfinished, fields_of(id)) end
end

local function is_wanted(id)
  local its_user, its_kind = unpack(redis.call('HMGET', key('job', id), 'created_by', 'kind'))
  return its_user and (user == '' or its_user == user) and (kind == '' or its_kind == kind)
end

local holder = redis.call('HGET', slots, tenant)
if holder then add_unfinished(holder) end
for _, line in ipairs({'waiting', 'held'}) do
  for _, id in ipairs(redis.call('LRANGE', key(line, tenant), 0, -1)) do add_unfinished(id) end
end

local ids = redis.call('ZRANGE', key('ended', tenant), '+inf', ARGV[6], 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[10])
for _, id in ipairs(ids) do
  if #ended == most then break end
  if is_wanted(id) then table.insert(ended, fields_of(id)) end
end
return {now, unfinished, ended}
