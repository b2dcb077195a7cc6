"""The directory in Redis, against a Redis that the tests start."""
