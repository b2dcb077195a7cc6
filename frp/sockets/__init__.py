"""Sockets and what is directly on them: TCP that writes at once, bursts of datagrams, TLS."""
