"""
Tests of discovery.
"""
