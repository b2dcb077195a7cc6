"""Tests of L{frp.wire.websocket}."""
