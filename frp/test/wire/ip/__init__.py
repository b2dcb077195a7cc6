"""Tests of frp.wire.ip."""
