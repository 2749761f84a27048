-- Adds an entry to the audit log of all, and to the tenant's, which both lose what is older than it is kept.
-- ARGV: 5 the tenant, empty where there is none, 6 the entry as JSON.
local all = namespace .. ':audit'
for _, stream in ipairs(ARGV[5] == '' and {all} or {all, key('audit', ARGV[5])}) do
  redis.call('XADD', stream, 'MINID', '~', now - kept_ms, '*', 'entry', ARGV[6])
  redis.call('PEXPIRE', stream, kept_ms)
end
