"""Tests of the proxies and what they share."""
