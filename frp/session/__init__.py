"""Between a carrier and a proxy: streams, multiplexed sessions, the first message of a stream, the control channel."""
