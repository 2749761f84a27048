-- What a store's keys begin with.
-- ARGV: 1 the bare beginning, 2 the tagged one, 3 the schema that tagged keys need, 4 whether to mark a store without bare
-- keys: 1 or 0, 5 the key that says that keys were moved, 6… keys of which a store in use has one, '', keys to mark.
-- Answers 'tagged' or 'moving'; for bare keys what their schema says, or nothing.
local bare, tagged = ARGV[1] .. ':', ARGV[2] .. ':'
local moved = redis.call('GET', bare .. ARGV[5])
if moved == 'begun' then return 'moving' end
if moved then return 'tagged' end

local at, is_bare, is_tagged = 6, false, false
while ARGV[at] ~= '' do
  is_tagged = is_tagged or redis.call('EXISTS', tagged .. ARGV[at]) == 1
  is_bare = is_bare or redis.call('EXISTS', bare .. ARGV[at]) == 1
  at = at + 1
end
if is_bare and not is_tagged then return redis.call('GET', bare .. 'schema') end

if ARGV[4] == '1' and not is_bare then
  redis.call('SET', tagged .. 'schema', ARGV[3])
  redis.call('SET', bare .. 'schema', ARGV[3])
  redis.call('SET', bare .. ARGV[5], 'done')
  for i = at + 1, #ARGV do redis.call('SET', bare .. ARGV[i], 'moved') end
end
return 'tagged'
