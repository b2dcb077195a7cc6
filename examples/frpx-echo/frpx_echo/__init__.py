"""Echoes for frp."""
