"""Tests of the quic transport."""
