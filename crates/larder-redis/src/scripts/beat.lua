-- A heartbeat, which has to be a write. ARGV: ms for which the node counts as alive, what was acknowledged to it last (0:
-- nothing that must still be here), the message, and the message that says that writes were lost.
-- Answers the server's time, and 1 when it remembers less than it acknowledged: it was flushed, or another took its place.
local before = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
local lost = before < tonumber(ARGV[2])
-- After a first write that needs no memory, a full server takes the other: it takes invalidations too.
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], digits(now_us), 'PX', ARGV[1])
redis.call('PUBLISH', KEYS[1], lost and ARGV[4] or ARGV[3])
return { moment[1], moment[2], lost and 1 or 0 }
