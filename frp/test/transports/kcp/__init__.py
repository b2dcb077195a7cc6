"""The kcp transport."""
