-- ARGV: 5 ms after which a silent worker is gone. Answers for each worker name, seen (ms), started (ms), job or '', tenant or '',
-- how many ms its clock is ahead, 1 where it takes nothing more.
local starts, found, at_work = namespace .. ':worker_starts', {}, {}

-- A nonce is the worker's name, a slash, and chance.
local holders = redis.call('HGETALL', slots)
for i = 1, #holders, 2 do
  local nonce = redis.call('HGET', key('job', holders[i + 1]), 'nonce')
  local worker = nonce and string.match(nonce, '^(.*)/')
  if worker then at_work[worker] = {job = holders[i + 1], tenant = holders[i]} end
end

local seen = redis.call('ZRANGE', namespace .. ':workers', '(' .. now - tonumber(ARGV[5]), '+inf', 'BYSCORE', 'WITHSCORES')
for i = 1, #seen, 2 do
  local work = at_work[seen[i]] or {job = '', tenant = ''}
  local started = redis.call('HGET', starts, seen[i]) or seen[i + 1]
  local ahead = redis.call('HGET', namespace .. ':worker_clocks', seen[i]) or '0'
  local drains = redis.call('HGET', namespace .. ':worker_draining', seen[i]) == started
  table.insert(found, {seen[i], seen[i + 1], started, work.job, work.tenant, ahead, drains and '1' or '0'})
end
return found
