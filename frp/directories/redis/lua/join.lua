-- Come, or come back. ARGV: what the node is called if the lease that it had has ended, milliseconds of a lease, the
-- latest epoch that it knows. Answers with what it is called, and the number of the last change.

local fresh, lease, known = ARGV[5], ARGV[6], ARGV[7]
if not alive(node) then
    node = fresh
end
redis.call('SET', leaseOf(node), token, 'PX', lease)
redis.call('SADD', NODES, node)
if tonumber(known) > tonumber(redis.call('GET', EPOCH) or 0) then
    redis.call('SET', EPOCH, known)
end
return {node, sequence}
