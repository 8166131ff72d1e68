-- Takes the bytes away and tells nobody; with them goes the token of every load. Answers whether an entry was there.
local existed = is_live(read()) and 1 or 0
redis.call('UNLINK', KEYS[1])
return existed
