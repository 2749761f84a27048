-- ARGV: 5 worker's name, 6 ms after which a silent worker is gone, 7 when it started (ms), 8 its own clock (ms),
-- 9 whether it takes nothing more: 1 or 0.
-- Answers how many ms its clock is ahead of this one, and how many workers there are.
local workers, starts, ahead = namespace .. ':workers', namespace .. ':worker_starts', tonumber(ARGV[8]) - now
local clocks, draining = namespace .. ':worker_clocks', namespace .. ':worker_draining'
redis.call('ZADD', workers, now, ARGV[5])
redis.call('HSET', starts, ARGV[5], ARGV[7])
redis.call('HSET', clocks, ARGV[5], ahead)
-- By its start: a worker of an earlier version, which tells nothing of this, may come after it under the same name.
if ARGV[9] == '1' then
  redis.call('HSET', draining, ARGV[5], ARGV[7])
else
  redis.call('HDEL', draining, ARGV[5])
end
local gone = redis.call('ZRANGE', workers, '-inf', now - tonumber(ARGV[6]), 'BYSCORE')
for _, name in ipairs(gone) do
  redis.call('ZREM', workers, name)
  redis.call('HDEL', starts, name)
  redis.call('HDEL', clocks, name)
end
-- Also those that a worker of an earlier version has forgotten.
for _, name in ipairs(redis.call('HKEYS', draining)) do
  if not redis.call('ZSCORE', workers, name) then redis.call('HDEL', draining, name) end
end
return {ahead, redis.call('ZCARD', workers)}
