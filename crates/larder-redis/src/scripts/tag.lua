-- Everything with a tag is wrong. ARGV: an id if the clock must be made anew, tag, keep in ms, the most tags, channel, head
-- and tail of the notice. Answers the position.
local _, at, floor = read_clock()
at = math.max(at + 1, now_us)
local keep = math.max(tonumber(redis.call('HGET', KEYS[1], 'keep')) or 0, tonumber(ARGV[3]))
-- After a first write that needs no memory, a full server takes the others.
redis.call('HDEL', KEYS[1], '')
redis.call('HSET', KEYS[1], 'now', digits(at), 'keep', digits(keep), 't:' .. ARGV[2], digits(at))

-- Too many: the oldest go, a tenth at once, so that it is rare. The floor makes up for those that entries may still bear.
local function forget(most)
  local fields, positions = redis.call('HGETALL', KEYS[1]), {}
  for index = 1, #fields, 2 do
    if string.sub(fields[index], 1, 2) == 't:' then
      positions[#positions + 1] = tonumber(fields[index + 1])
    end
  end
  table.sort(positions)
  local cut = positions[#positions - math.floor(most * 0.9)]
  for index = 1, #fields, 2 do
    if string.sub(fields[index], 1, 2) == 't:' and tonumber(fields[index + 1]) <= cut then
      redis.call('HDEL', KEYS[1], fields[index])
    end
  end
  if cut > floor and cut + keep * 1000 > now_us then
    redis.call('HSET', KEYS[1], 'floor', digits(cut))
  end
end

local most = tonumber(ARGV[4])
if redis.call('HLEN', KEYS[1]) - 4 > most then forget(most) end
tell(ARGV[5], ARGV[6], at, ARGV[7])
return at
