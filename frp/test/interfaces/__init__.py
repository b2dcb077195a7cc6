"""Tests of frp.interfaces."""
