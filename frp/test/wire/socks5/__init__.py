"""Tests of frp.wire.socks5."""
