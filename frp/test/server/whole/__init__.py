"""Tests of several workers that are seen as one."""
