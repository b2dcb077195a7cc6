"""Tests of frp.visitors."""
