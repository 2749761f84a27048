-- ARGV: 5 worker's name, 6 ms after which a silent worker is gone.
local workers = namespace .. ':workers'
redis.call('ZADD', workers, now, ARGV[5])
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - tonumber(ARGV[6]))
return 1
