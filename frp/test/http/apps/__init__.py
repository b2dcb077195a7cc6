"""Tests of frp.http.apps."""
