"""Directories: what the nodes of one server agree on."""
