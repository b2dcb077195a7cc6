-- What was remembered. ARGV: key.

return redis.call('GET', prefix .. ':kept:' .. ARGV[5])
