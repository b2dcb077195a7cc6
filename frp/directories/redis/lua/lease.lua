-- Say that the node lives. ARGV: milliseconds of a lease, how many things of nodes that are gone to take away; 0 for
-- none. Answers with the number of the last change, and with 1 if there is more to take away.

local refused = fenced()
if refused then
    return refused
end
local lease, count = ARGV[5], tonumber(ARGV[6])
redis.call('PEXPIRE', leaseOf(node), lease)
local more = 0
if count > 0 then
    for _, who in ipairs(redis.call('SMEMBERS', NODES)) do
        if not alive(who) and not reap(who, count) then
            more = 1
            break
        end
    end
    publish()
end
return {sequence, more}
