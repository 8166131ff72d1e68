-- Stores a value that is true whatever was loaded. ARGV: always, absent or version, the version wanted, deadline in us or
-- empty, born, fresh until, stale until, envelope, channel, head and tail of the notice.
if is_late(ARGV[3]) then return { LATE, 0 } end
local p = read()
local live = is_live(p)
if ARGV[1] == 'absent' and (live or p.unknown) then return { PRESENT, 0 } end
if ARGV[1] == 'version' and not (live and p.version == tonumber(ARGV[2])) then return { SUPERSEDED, 0 } end
local version = store(p, ARGV[4], ARGV[5], ARGV[6], ARGV[7])
tell(ARGV[8], ARGV[9], version, ARGV[10])
return { STORED, version }
