-- Finds an API key by its SHA-256 with its user, noting the use at most once a minute so that reading costs no write.
-- KEYS: filled mark, keys by SHA-256, users by tenant/name, last uses by SHA-256 and by tenant/name. ARGV: SHA-256.
-- Answers {whether the store was filled, the key as JSON or false, its user as JSON or false, the last use in seconds,
-- the time in seconds, and the microseconds of it}.
local filled = redis.call('EXISTS', KEYS[1])
local key = redis.call('HGET', KEYS[2], ARGV[1])
if not key then
  return { filled, false, false, false }
end
local record = cjson.decode(key)
local owner = record.tenant .. '/' .. record.user
local used = redis.call('HGET', KEYS[4], ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1])
if not used or now - tonumber(used) >= 60 then
  redis.call('HSET', KEYS[4], ARGV[1], now, owner, now)
  used = tostring(now)
end
return { filled, key, redis.call('HGET', KEYS[3], owner), used, clock[1], clock[2] }
