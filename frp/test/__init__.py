"""
The tests. The folder mirrors the package.
"""
