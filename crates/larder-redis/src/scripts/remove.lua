-- Wrong for every node. ARGV: keep in ms, channel (empty: tell nobody), head and tail of the notice. Answers version, existed.
local p = read()
local existed = is_live(p) and 1 or 0
local version = bury(p, ARGV[1])
tell(ARGV[2], ARGV[3], version, ARGV[4])
return { version, existed }
