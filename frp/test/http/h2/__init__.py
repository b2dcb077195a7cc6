"""Tests of frp.http.h2."""
