-- Stores a tenant or a key, but never into a store that lost its content and was not filled again.
-- KEYS: filled mark, hash to write, tenants by name. ARGV: field, value, name of a tenant that must exist or ''.
-- Answers 'stored', 'empty' or 'no tenant'.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 'empty'
end
if ARGV[3] ~= '' and redis.call('HEXISTS', KEYS[3], ARGV[3]) == 0 then
  return 'no tenant'
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 'stored'
