"""Tests of frp.config.template."""
