"""Tests of frp.wire.v2."""
