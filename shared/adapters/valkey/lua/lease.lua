-- Gives a lease to one holder at once, or to several that share it.
-- ARGV: 5 what it is for, 6 the holder's token, 7 what is done: take, share, renew, drop or look, 8 ms that it lasts, 9 ms for
-- which whoever found it taken counts as waiting.
-- Returns 0 where it is another's or has run out, 1 where the holder has it, 2 where somebody waits for it besides.
local lease, shares, wanted, token, act =
  key('lease', ARGV[5]), key('shares', ARGV[5]), key('wanted', ARGV[5]), ARGV[6], ARGV[7]
redis.call('ZREMRANGEBYSCORE', shares, '-inf', now)
local holder, sharers = redis.call('GET', lease), redis.call('ZCARD', shares)
if act == 'look' then return (holder or sharers > 0) and 1 or 0 end
local has, shared = holder == token, redis.call('ZSCORE', shares, token) ~= false
if act == 'drop' then
  if has then redis.call('DEL', lease, wanted) end
  if shared then redis.call('ZREM', shares, token) end
  return 0
end
local is_free = not holder and (act == 'share' or sharers == 0)
if not (has or shared or (is_free and act ~= 'renew')) then
  if act ~= 'renew' then redis.call('SET', wanted, '1', 'PX', ARGV[9]) end
  return 0
end
if shared or act == 'share' then
  redis.call('ZADD', shares, now + ARGV[8], token)
  redis.call('PEXPIRE', shares, ARGV[8])
else
  redis.call('SET', lease, token, 'PX', ARGV[8])
end
if not has and not shared then redis.call('DEL', wanted) end
return 1 + redis.call('EXISTS', wanted)
