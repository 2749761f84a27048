-- Gives a lease to one holder at once.
-- ARGV: 5 what it is for, 6 the holder's token, 7 what is done: take, renew, drop or look, 8 ms that it lasts, 9 ms for which
-- whoever found it taken counts as waiting.
-- Returns 0 where it is another's or has run out, 1 where the holder has it, 2 where somebody waits for it besides.
local lease, wanted, token, act = key('lease', ARGV[5]), key('wanted', ARGV[5]), ARGV[6], ARGV[7]
local holder = redis.call('GET', lease)
if act == 'look' then return holder and 1 or 0 end
if act == 'take' and holder and holder ~= token then
  redis.call('SET', wanted, '1', 'PX', ARGV[9])
  return 0
end
if act ~= 'take' and holder ~= token then return 0 end
if act == 'drop' then
  redis.call('DEL', lease, wanted)
  return 0
end
redis.call('SET', lease, token, 'PX', ARGV[8])
if not holder then redis.call('DEL', wanted) end
return 1 + redis.call('EXISTS', wanted)
