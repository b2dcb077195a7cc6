"""Tests of several frps that serve one set of tunnels."""
