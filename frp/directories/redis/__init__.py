"""The directory in Redis."""
