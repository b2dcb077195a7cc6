"""Tests of the SSH tunnel gateway."""
