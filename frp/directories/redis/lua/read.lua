-- Some of all things of a kind. ARGV: kind, where to go on, and how many. Answers with where to go on from there, the
-- number of the last change that it shows, and lines with a key and an entry.

local cursor, found = unpack(redis.call('HSCAN', heldOf(ARGV[5]), ARGV[6], 'COUNT', ARGV[7]))
local lines = {}
for at = 1, #found, 2 do
    for record in found[at + 1]:gmatch('[^\n]+') do
        lines[#lines + 1] = found[at] .. '\t' .. record
    end
end
return {cursor, sequence, table.concat(lines, '\n')}
