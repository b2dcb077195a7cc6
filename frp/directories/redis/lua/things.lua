-- Some of what the node holds. ARGV: where to go on, and how many. Answers with where to go on from there, and lines
-- with kind, key and owner.

local cursor, found = unpack(redis.call('SSCAN', thingsOf(node), ARGV[5], 'COUNT', ARGV[6]))
return {cursor, table.concat(found, '\n')}
