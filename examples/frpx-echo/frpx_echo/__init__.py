"""
Echoes for frp.
"""
