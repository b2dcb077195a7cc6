"""
Tests of frp.interfaces.
"""
