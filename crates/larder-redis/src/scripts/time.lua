-- Before every script: the server's time, and what every script does alike. Numbers stay below 2^53, where doubles are exact.
local NEVER = 9007199254740991
local moment = redis.call('TIME')
local now_us = tonumber(moment[1]) * 1000000 + tonumber(moment[2])
local now = math.floor(now_us / 1000)

local function digits(number)
  return string.format('%.0f', number)
end

-- Tells every node; `number` is the version or the position that only the script knows.
local function tell(channel, head, number, tail)
  if channel ~= '' then
    redis.call('PUBLISH', channel, head .. struct.pack('<I8', number) .. tail)
  end
end
