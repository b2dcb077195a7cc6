-- Claim things. ARGV: kind, key, and what is said of it, as often as there are things. Answers for each with the number
-- of the entry, or with the entry that is in the way.

local refused = fenced()
if refused then
    return refused
end

local function succeeds(holder, other)
    return holder.line ~= '""' and holder.line == other.line and holder.epoch > other.epoch
end

local function shared(holder, other)
    return holder.share ~= '""' and holder.share == other.share
end

local function claim(kind, key, said)
    local me = holderOf('0\t' .. node .. '\t' .. said)
    local staying, leaving, before, place = {}, {}, nil, nil
    for _, holder in ipairs(holdersOf(kind, key)) do
        if holder.owner == me.owner and processOf(holder.node) == processOf(node) then
            before, place = holder, #staying + 1
            staying[place] = holder
        elseif not alive(holder.node) then
            leaving[#leaving + 1] = {'-', holder}
        elseif succeeds(me, holder) then
            leaving[#leaving + 1] = {'>', holder}
        elseif shared(me, holder) then
            staying[#staying + 1] = holder
        else
            return holder.record
        end
    end
    local kept = before ~= nil and before.node == node
    if kept and #leaving == 0 and before.said == said then
        return tonumber(before.number)
    end
    for _, each in ipairs(leaving) do
        gone(each[1], kind, key, each[2])
    end
    if before and not kept then
        gone('-', kind, key, before)
    end
    me.number = kept and before.number or decimal(sequence + 1)
    me.record = me.number .. '\t' .. node .. '\t' .. said
    staying[place or #staying + 1] = me
    put(kind, key, staying)
    redis.call('SADD', thingsOf(node), called(kind, key, me.owner))
    tell('+', kind, key, me.record)
    return tonumber(me.number)
end

local answers = {}
for at = 5, #ARGV, 3 do
    answers[#answers + 1] = claim(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
publish()
return answers
