"""Hosts with ports, as people, messages and logs write them."""

from __future__ import annotations

__all__ = ["authority", "hostPort"]


def authority(host: str, port: int) -> str:
    """@return: both, in Go's spelling: brackets around what has a colon."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def hostPort(address: object) -> str:
    """
    @param address: an object with a host and a port, such as Twisted's; one of another kind is written as it describes
        itself.
    """
    host = getattr(address, "host", None)
    return authority(host, getattr(address, "port", 0)) if isinstance(host, str) else str(address)
