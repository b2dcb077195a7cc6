"""Tests of frp.plugins."""
