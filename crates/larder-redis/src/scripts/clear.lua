-- Everything is wrong. ARGV: an id if the clock must be made anew, channel, head and tail of the notice. Answers the position.
local id, at = read_clock()
at = math.max(at + 1, now_us)
local keep = redis.call('HGET', KEYS[1], 'keep') or '0'
-- The floor is above every tag: none need be remembered.
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'id', id, 'now', digits(at), 'floor', digits(at), 'keep', keep)
tell(ARGV[2], ARGV[3], at, ARGV[4])
return at
