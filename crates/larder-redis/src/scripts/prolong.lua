-- A new lifetime for the value in place, which is not moved. ARGV: token, ttl in ms, grace in ms.
local p = read()
if p.token ~= ARGV[1] or not is_live(p) then return { SUPERSEDED, 0 } end
local version = supersede(p)
p.born = now
p.fresh = math.min(now + tonumber(ARGV[2]), NEVER)
p.stale = math.min(p.fresh + tonumber(ARGV[3]), NEVER)
redis.call('SETRANGE', KEYS[1], 0, pack(p))
live_until(p.stale)
return { STORED, version }
