-- ARGV: 5 tenant, 6 user, 7… archives as `size:name`. Answers nothing where the index is not whole; else the places of
-- those that the user's exports wrote.
if not is_indexed(ARGV[5]) then return false end
local written, found = key('written', ARGV[5] .. '/' .. ARGV[6]), {}
for i = 7, #ARGV do
  local goes = redis.call('ZSCORE', written, ARGV[i])
  if goes and tonumber(goes) > now then table.insert(found, i - 7) end
end
return found
