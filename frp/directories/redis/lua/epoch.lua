-- A number that is greater than all before. ARGV: the latest one that the node knows. The time is its least value, in
-- microseconds, so that it does not go back where the store has lost all.

local now = redis.call('TIME')
local last = math.max(tonumber(redis.call('GET', EPOCH) or 0), tonumber(ARGV[5]))
local epoch = decimal(math.max(last + 1, tonumber(now[1]) * 1000000 + tonumber(now[2])))
redis.call('SET', EPOCH, epoch)
return epoch
