"""Tests of frp.wire.http."""
