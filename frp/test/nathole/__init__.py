"""Tests of frp.nathole."""
