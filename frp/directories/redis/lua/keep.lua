-- Remember something. ARGV: key, value, and for how many milliseconds.

local refused = fenced()
if refused then
    return refused
end
redis.call('SET', prefix .. ':kept:' .. ARGV[5], ARGV[6], 'PX', ARGV[7])
return 1
