"""Tests on real sockets of this machine, and with child processes."""
