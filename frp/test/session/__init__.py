"""Tests of what lies between a carrier and a proxy."""
