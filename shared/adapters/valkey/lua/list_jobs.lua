-- ARGV: 5 tenant, 6 whose jobs, '' for all, 7 and 8 the index's bounds from the end to the beginning, 9 how many are wanted, 10 how many are
-- looked at, 11 statuses and 12 kinds as `,one,other,` or '', 13 database or '', 14 its name and 15 an application's as
-- requests and summaries spell them, or '', 16 a part of a name, lowered, or ''.
-- Answers nothing where the index is not whole; else the entry reached, '' at the end, and each entry with its record.
local user, wanted, most = ARGV[6], tonumber(ARGV[9]), tonumber(ARGV[10])
if user ~= '' and not is_indexed(ARGV[5]) then return false end
local index = user == '' and key('jobs', ARGV[5]) or key('owned', ARGV[5] .. '/' .. user)

local function is_in(list, word)
  return list == '' or string.find(list, ',' .. word .. ',', 1, true)
end

local function holds(id, field, part)
  local text = redis.call('HGET', key('job', id), field)
  return text and string.find(text, part, 1, true)
end

local function has_part(id, field)
  local text = redis.call('HGET', key('job', id), field)
  return text and string.find(string.lower(text), ARGV[16], 1, true)
end

-- Passes over what is surely not wanted; who asks looks at the rest again.
local function may_match(id)
  local status, kind, database = unpack(redis.call('HMGET', key('job', id), 'status', 'kind', 'database'))
  return status and is_in(ARGV[11], status) and is_in(ARGV[12], kind)
    and (ARGV[13] == '' or database == ARGV[13] or holds(id, 'request', ARGV[14]))
    and (ARGV[15] == '' or holds(id, 'request', ARGV[15]) or holds(id, 'summary', ARGV[15]))
    and (ARGV[16] == '' or has_part(id, 'request') or has_part(id, 'summary'))
end

local found = {}
local entries = redis.call('ZRANGE', index, ARGV[7], ARGV[8], 'BYLEX', 'REV', 'LIMIT', 0, most)
for _, entry in ipairs(entries) do
  local id = string.sub(entry, 15)
  if may_match(id) then table.insert(found, {entry, fields_of(id)}) end
  if #found == wanted then return {entry, found} end
end
return {#entries == most and entries[most] or '', found}
