"""Tests of frp.http."""
