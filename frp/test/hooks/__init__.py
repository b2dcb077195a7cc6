"""Tests of the server hooks."""
