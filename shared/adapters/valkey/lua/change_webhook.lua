-- ARGV: 5 tenant, 6 the record as it was read, '' for none, 7 as it shall be, '' for none. Answers 1, or 0 where it was changed.
local known = redis.call('HGET', webhooks, ARGV[5]) or ''
if known ~= ARGV[6] then return 0 end
if ARGV[7] == '' then
  redis.call('HDEL', webhooks, ARGV[5])
else
  redis.call('HSET', webhooks, ARGV[5], ARGV[7])
end
return 1
