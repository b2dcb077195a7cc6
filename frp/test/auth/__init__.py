"""
Tests of the authenticators.
"""
