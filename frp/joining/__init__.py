"""Joining two transports, or a transport and a protocol: limits, encryption, compression, counting, and how it ends."""
