-- What all scripts have in common; it stands before each of them.
--
-- All that is said of an entry is one text: its number, its node, and what the node says of it, the words of which are
-- JSON. Tabs part them and line feeds part entries, for JSON has neither. Two words are equal if their texts are.

local prefix, channel, node, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- Names in the store: all nodes, what each holds, who holds each thing of a kind, the last change, the last epoch.
local NODES, SEQUENCE, EPOCH = prefix .. ':nodes', prefix .. ':sequence', prefix .. ':epoch'

local function leaseOf(who)
    return prefix .. ':lease:' .. who
end

local function thingsOf(who)
    return prefix .. ':things:' .. who
end

local function heldOf(kind)
    return prefix .. ':held:' .. kind
end

local function alive(who)
    return redis.call('EXISTS', leaseOf(who)) == 1
end

-- What a node is told whose lease has ended, or has been taken on by a later connection of the same node.
local function fenced()
    if redis.call('GET', leaseOf(node)) ~= token then
        return redis.error_reply('FENCED the lease of this node has ended')
    end
end

-- A process goes by the same name in all its lives, but for the number at the end.
local function processOf(who)
    return who:match('^(.*)%.%d+$')
end

-- Changes, each with its number. All of a script are published at once, in the end.
local sequence = tonumber(redis.call('GET', SEQUENCE) or 0)
local changes = {}

local function decimal(number)
    return string.format('%.0f', number)
end

local function tell(what, kind, key, record)
    sequence = sequence + 1
    changes[#changes + 1] = table.concat({decimal(sequence), what, kind, key, record}, '\t')
end

local function publish()
    if #changes > 0 then
        redis.call('SET', SEQUENCE, decimal(sequence))
        redis.call('PUBLISH', channel, table.concat(changes, '\n'))
    end
end

-- Who holds a thing, in the order in which they came.
local function holderOf(record)
    local number, who, said = record:match('^(%d+)\t([^\t]*)\t(.*)$')
    local owner, share, line, epoch = said:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t')
    return {
        record = record, number = number, node = who, said = said,
        owner = owner, share = share, line = line, epoch = tonumber(epoch),
    }
end

local function holdersOf(kind, key)
    local holders = {}
    for record in (redis.call('HGET', heldOf(kind), key) or ''):gmatch('[^\n]+') do
        holders[#holders + 1] = holderOf(record)
    end
    return holders
end

local function put(kind, key, holders)
    if #holders == 0 then
        redis.call('HDEL', heldOf(kind), key)
        return
    end
    local records = {}
    for place, holder in ipairs(holders) do
        records[place] = holder.record
    end
    redis.call('HSET', heldOf(kind), key, table.concat(records, '\n'))
end

-- How a thing of a node is called among its things.
local function called(kind, key, owner)
    return kind .. '\t' .. key .. '\t' .. owner
end

-- A holder holds no more: '-' for whatever reason, '>' because another tenure has succeeded.
local function gone(what, kind, key, holder)
    redis.call('SREM', thingsOf(holder.node), called(kind, key, holder.owner))
    tell(what, kind, key, holder.number .. '\t' .. holder.node .. '\t' .. holder.owner)
end

local function drop(kind, key, who, owner)
    local holders = holdersOf(kind, key)
    for place, holder in ipairs(holders) do
        if holder.node == who and holder.owner == owner then
            table.remove(holders, place)
            put(kind, key, holders)
            gone('-', kind, key, holder)
            return
        end
    end
end

-- Take away so many things of a node that is gone. Returns whether that were all.
local function reap(who, count)
    local things = redis.call('SPOP', thingsOf(who), count)
    for _, thing in ipairs(things) do
        local kind, key, owner = thing:match('^([^\t]*)\t([^\t]*)\t(.*)$')
        drop(kind, key, who, owner)
    end
    if #things < count then
        redis.call('SREM', NODES, who)
        return true
    end
    return false
end
