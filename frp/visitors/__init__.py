"""The visitor types, one module each."""
