-- Stores what a load gave. ARGV: token, deadline in us or empty, born, fresh until, stale until, envelope.
if is_late(ARGV[2]) then return { LATE, 0 } end
local p = read()
if p.token ~= ARGV[1] then return { SUPERSEDED, 0 } end
return { STORED, store(p, ARGV[3], ARGV[4], ARGV[5], ARGV[6]) }
