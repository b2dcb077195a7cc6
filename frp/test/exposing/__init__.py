"""Tests of frp.expose."""
