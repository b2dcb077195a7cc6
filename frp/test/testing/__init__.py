"""
Tests of the doubles.
"""
