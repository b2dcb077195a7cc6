"""Tests of frp.sockets."""
