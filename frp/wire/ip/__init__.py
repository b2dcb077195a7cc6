"""Packets of IP, on streams and on their way: what a virtual network needs to know of them."""
