"""
Tests of the configuration.
"""
