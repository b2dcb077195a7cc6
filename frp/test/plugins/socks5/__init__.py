"""Tests of frp.plugins.socks5."""
