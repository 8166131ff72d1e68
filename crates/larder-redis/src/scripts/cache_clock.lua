-- Before every script on the clock of a cache: a hash of id, now, floor, keep and one position for each tag.
local ID = ARGV[1]

-- Id, now and floor. A missing clock is made anew: another id makes everything invalid, never too little.
local function read_clock()
  local clock = redis.call('HMGET', KEYS[1], 'id', 'now', 'floor')
  if clock[1] and clock[2] and clock[3] then
    return clock[1], tonumber(clock[2]), tonumber(clock[3])
  end
  redis.call('UNLINK', KEYS[1])
  redis.call('HSET', KEYS[1], 'id', ID, 'now', digits(now_us), 'floor', '0')
  return ID, now_us, 0
end
