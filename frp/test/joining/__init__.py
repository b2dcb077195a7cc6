"""Tests of frp.joining."""
