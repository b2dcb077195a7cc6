"""
Tests of frp.sockets.
"""
