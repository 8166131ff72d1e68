-- Ends a load without a value. ARGV: token, mark, ms for which a failure is remembered. Answers 1 while the load is one's own.
local p = read()
if p.token ~= ARGV[1] then return 0 end
p.token, p.mark = NO_TOKEN, tonumber(ARGV[2])
local ms = tonumber(ARGV[3])
if p.mark == MARK_NO_SHARE then
  -- What is left of the load's keep: the life of a bare marker, and never more than was asked for.
  local left = redis.call('PTTL', KEYS[1])
  ms = left >= 0 and math.min(left, p.keep) or p.keep
  if p.kind == MARKER then p.kind = NO_SHARE end
end
p.till = now + ms
redis.call('SETRANGE', KEYS[1], 0, pack(p))
outlive(ms)
return 1
