-- Who holds a thing? ARGV: kind and key. Answers with the entries, a line each.

local found = {}
for _, holder in ipairs(holdersOf(ARGV[5], ARGV[6])) do
    if alive(holder.node) then
        found[#found + 1] = holder.record
    end
end
return table.concat(found, '\n')
