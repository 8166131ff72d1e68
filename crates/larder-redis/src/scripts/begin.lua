-- Begins a load. ARGV: fresh token, lease in ms or 0, 1 to refresh, keep in ms.
-- Answers token (empty: the lease is another's), version, mark, ms left of the mark. A format that is unknown here is the version
-- to the mark `UNKNOWN`, and is left alone.
local UNKNOWN = 3
local p = read()
if p.unknown then return { '', p.unknown, UNKNOWN, 0 } end
local lease, refresh, keep = tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4])
local live = is_live(p)
local version = (live or p.kind == TOMBSTONE) and p.version or 0
if p.mark ~= 0 and p.till <= now then p.mark, p.till = 0, 0 end
local mark, left = p.mark, 0
if mark ~= 0 then left = p.till - now end

local set = p.token ~= NO_TOKEN
local has_lease = set and mark == 0 and p.till > 0
if has_lease and p.till > now and lease > 0 and not refresh then return { '', version, mark, left } end
local lapsed = has_lease and p.till <= now
if refresh or lapsed or not set then
  p.token = ARGV[1]
  if mark == 0 then p.till = 0 end
end
if lease > 0 then p.mark, p.till = 0, now + lease end
p.keep = math.min(keep, MOST_KEEP)

local ms = math.max(keep, lease)
if p.kind == 0 or (p.kind == VALUE and not live) then
  -- The version stays, unseen, so that the next one is higher.
  p.kind, p.born, p.fresh, p.stale = MARKER, 0, 0, 0
  redis.call('SET', KEYS[1], pack(p), 'PX', digits(math.max(ms, redis.call('PTTL', KEYS[1]))))
else
  redis.call('SETRANGE', KEYS[1], 0, pack(p))
  outlive(ms)
end
return { p.token, version, mark, left }
