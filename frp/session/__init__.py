"""
Between a carrier and a proxy: streams, multiplexed sessions, the control channel, and splicing.
"""
