-- ARGV: 5 worker's name, 6 ms after which a silent worker is gone, 7 when it started (ms).
local workers, starts = namespace .. ':workers', namespace .. ':worker_starts'
redis.call('ZADD', workers, now, ARGV[5])
redis.call('HSET', starts, ARGV[5], ARGV[7])
local gone = redis.call('ZRANGE', workers, '-inf', now - tonumber(ARGV[6]), 'BYSCORE')
for _, name in ipairs(gone) do
  redis.call('ZREM', workers, name)
  redis.call('HDEL', starts, name)
end
return 1
