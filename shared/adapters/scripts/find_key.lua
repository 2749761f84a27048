-- Finds an API key by its SHA-256, noting the use at most once a minute so that reading costs no write.
-- KEYS: filled mark, keys by SHA-256, last uses by SHA-256. ARGV: SHA-256.
-- Answers {whether the store was filled, the key as JSON or false, its last use in seconds or false}.
local filled = redis.call('EXISTS', KEYS[1])
local key = redis.call('HGET', KEYS[2], ARGV[1])
local used = redis.call('HGET', KEYS[3], ARGV[1])
if key then
  local now = tonumber(redis.call('TIME')[1])
  if not used or now - tonumber(used) >= 60 then
    redis.call('HSET', KEYS[3], ARGV[1], now)
    used = tostring(now)
  end
end
return { filled, key, used }
