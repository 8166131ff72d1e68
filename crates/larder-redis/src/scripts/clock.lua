-- Reads a clock and positions of tags. ARGV: an id if it must be made anew, tags. Answers id, now, floor, positions.
local id, at, floor = read_clock()
local answer = { id, at, floor }
for index = 2, #ARGV do
  answer[index + 2] = tonumber(redis.call('HGET', KEYS[1], 't:' .. ARGV[index])) or 0
end
return answer
