"""The proxy types, one module each."""
