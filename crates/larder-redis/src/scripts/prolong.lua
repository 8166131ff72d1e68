-- A new lifetime for the value in place, which is not moved. ARGV: token, ttl in ms, grace in ms.

-- Until when the envelope lets the value be served, whatever the preamble says.
local function sealed_until()
  local envelope = redis.call('GETRANGE', KEYS[1], LENGTH, LENGTH + 41)
  if #envelope < 42 or string.sub(envelope, 1, 3) ~= '\137\76\1' then return now end
  return math.min(struct.unpack('<I8', envelope, 27) + struct.unpack('<I8', envelope, 35), NEVER)
end

local p = read()
if p.token ~= ARGV[1] or not is_live(p) then return { SUPERSEDED, 0 } end
local version, limit = supersede(p), sealed_until()
p.born = now
p.fresh = math.min(now + tonumber(ARGV[2]), limit)
p.stale = math.min(now + tonumber(ARGV[2]) + tonumber(ARGV[3]), limit)
redis.call('SETRANGE', KEYS[1], 0, pack(p))
live_until(p.stale)
return { STORED, version }
