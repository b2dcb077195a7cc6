"""Tests of frp.gateways."""
