"""
Tests of frp.joining.
"""
