-- Moves an installation's keys from their bare names to the tagged ones, a part at a time. Each part is safe to send twice.
-- ARGV: 1 part: begin, some or end, 2 the bare beginning, 3 the tagged one; then
-- begin: 4 the schema that tagged keys need, 5… keys to leave marks in the place of. Answers 1, or 0 where all is done.
-- some: 4 cursor, 5 pattern of all bare keys, 6 how many to look at, 7 keys that only processes at work need, as
--   `,one,other,`, 8… marks. Answers the next cursor, how many were moved, and those whose new names are taken; nothing
--   where the move has not begun, as a server knows that has lost its last writes.
-- end: 4 the schema. Answers 1, or nothing as above.
local part, bare, tagged = ARGV[1], ARGV[2] .. ':', ARGV[3] .. ':'
local moved, mark = bare .. 'moved', 'moved'
local state = redis.call('GET', moved)

local function is_mark(key)
  return redis.call('TYPE', key).ok == 'string' and redis.call('GET', key) == mark
end

if part == 'begin' then
  if state == 'done' then return 0 end
  redis.call('SET', moved, 'begun')
  redis.call('SET', bare .. 'schema', ARGV[4])
  redis.call('SET', tagged .. 'schema', 'moving')
  for i = 5, #ARGV do
    local key = bare .. ARGV[i]
    if redis.call('EXISTS', key) == 1 and not is_mark(key) then redis.call('RENAME', key, tagged .. ARGV[i]) end
    redis.call('SET', key, mark)
  end
  return 1
end

if part == 'end' then
  if not state then return false end
  redis.call('SET', tagged .. 'schema', ARGV[4])
  redis.call('SET', moved, 'done')
  -- So that whoever listens to the bare channel looks where it should listen.
  redis.call('PUBLISH', bare .. 'identity:changes', '')
  return 1
end

if state ~= 'begun' then return false end
local transient, marks = ARGV[7], {moved = true, schema = true}
for i = 8, #ARGV do marks[ARGV[i]] = true end

-- An event goes with arq's keys of it: the reaper queues the next attempt.
local function drop_queue(key)
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    redis.call('DEL', 'arq:job:' .. id, 'arq:in-progress:' .. id, 'arq:retry:' .. id)
  end
  redis.call('DEL', key)
end

local taken, number = {}, 0
local next_cursor, keys = unpack(redis.call('SCAN', ARGV[4], 'MATCH', ARGV[5], 'COUNT', ARGV[6]))
for _, key in ipairs(keys) do
  local name = string.sub(key, #bare + 1)
  if marks[name] then
    -- It stays.
  elseif string.find(name, '^queue:[^:]*$') then
    drop_queue(key)
  elseif string.find(name, '^queue:') or string.find(transient, ',' .. name .. ',', 1, true) then
    redis.call('DEL', key)
  else
    local renamed = redis.pcall('RENAMENX', key, tagged .. name)
    if renamed == 1 then
      number = number + 1
    elseif renamed == 0 then
      table.insert(taken, name)
    elseif not string.find(renamed.err, 'no such key', 1, true) then  -- which has just expired
      return renamed
    end
  end
end
return {next_cursor, number, taken}
