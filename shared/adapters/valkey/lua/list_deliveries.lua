-- ARGV: 5 tenant, 6 the greatest ms of writing, or +inf, 7 how many of them to pass over, 8 how many at most.
-- Answers each id, its ms of writing, its record.
local found = {}
local listed = redis.call('ZRANGE', key('deliveries', ARGV[5]), ARGV[6], now - DELIVERIES_KEPT_MS, 'BYSCORE', 'REV',
  'LIMIT', ARGV[7], ARGV[8], 'WITHSCORES')
for i = 1, #listed, 2 do
  table.insert(found, {listed[i], listed[i + 1], redis.call('HGETALL', key('delivery', listed[i]))})
end
return found
