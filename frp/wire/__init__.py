"""Bytes and events, nothing else: every codec of the protocol. No Twisted, no clock, no socket."""
