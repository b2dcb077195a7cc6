"""
Tests of frp.expose.
"""
