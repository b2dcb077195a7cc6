"""Tests of frp.virtualnet."""
