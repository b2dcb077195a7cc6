"""
C{transport.protocol = "quic"}. What imports aioquic is imported only where QUIC is in use: L{engine} and what it is
made of, and the modules that make engines.
"""
