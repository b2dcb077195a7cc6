-- Go, with all that the node holds; to be said again until the answer is 1. ARGV: how many things to give back at once.

if redis.call('GET', leaseOf(node)) == token then
    redis.call('DEL', leaseOf(node))
end
local all = reap(node, tonumber(ARGV[5]))
publish()
return all and 1 or 0
