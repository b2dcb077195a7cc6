"""Tests of C{frpc --ui}."""
