-- Keeps a lease and its token. ARGV: token, lease in ms. Answers 1 while it is one's own.
local p = read()
if p.token ~= ARGV[1] then return 0 end
local lease = tonumber(ARGV[2])
p.mark, p.till = 0, now + lease
redis.call('SETRANGE', KEYS[1], 0, pack(p))
outlive(lease)
return 1
