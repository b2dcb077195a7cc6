"""
Addresses, as people and logs write them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["hostPort"]


def hostPort(address: Any) -> str:
    """
    @param address: a host and a port; one of another kind is written as it describes itself.
    @return: both, in Go's spelling.
    """
    host = getattr(address, "host", None)
    if not isinstance(host, str):
        return str(address)
    return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"
