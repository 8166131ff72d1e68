-- Old for every node: its grace begins now. ARGV: keep in ms, channel, head and tail of the notice. Answers version, existed.

-- What never ends by itself has its grace in the envelope only.
local function grace(p)
  if p.fresh < NEVER then
    return p.stale < NEVER and p.stale - p.fresh or NEVER
  end
  local envelope = redis.call('GETRANGE', KEYS[1], LENGTH, LENGTH + 25)
  if #envelope < 26 or string.sub(envelope, 1, 3) ~= '\137\76\1' then return 0 end
  return math.min(struct.unpack('<I8', envelope, 19), NEVER)
end

local p = read()
local existed, version = is_live(p), nil
if existed and now < p.fresh then
  p.stale = math.min(now + grace(p), NEVER)
  p.fresh = now
end
if is_live(p) then
  version = supersede(p)
  -- In this order a full server takes both: the first needs no memory.
  live_until(p.stale)
  redis.call('SETRANGE', KEYS[1], 0, pack(p))
else
  version = bury(p, ARGV[1])
end
tell(ARGV[2], ARGV[3], version, ARGV[4])
return { version, existed and 1 or 0 }
