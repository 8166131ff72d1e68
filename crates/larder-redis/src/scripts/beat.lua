-- A heartbeat, which has to be a write. ARGV: ms for which the node counts as alive, the message.
-- Answers the server's time, and what the heartbeat before wrote: a server that lost it lost more.
local before = redis.call('GET', KEYS[1])
-- After a first write that needs no memory, a full server takes the other: it takes invalidations too.
redis.call('UNLINK', KEYS[1])
redis.call('SET', KEYS[1], digits(now_us), 'PX', ARGV[1])
redis.call('PUBLISH', KEYS[1], ARGV[2])
return { moment[1], moment[2], before or '0' }
