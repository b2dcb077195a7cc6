"""The tests of the transports."""
