"""What frps knows of its clients and proxies, as both of its APIs look for it, and forget it."""

from __future__ import annotations

from frp.interfaces import Seen
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.web.answers import APIError

__all__ = ["findClient", "findProxy", "forgetProxies"]


async def findClient(server: FRPServer, key: str) -> Seen:
    """@raise APIError: there is none."""
    seen = await server.shared.roster.find(key)
    if seen is None:
        raise APIError(404, f"client {key} not found")
    return seen


def findProxy(server: FRPServer, name: str, kind: str = "") -> ProxyRecord:
    """
    @param kind: its type; empty for any.
    @raise APIError: there is none.
    """
    record = server.shared.statistics.find(name)
    if record is None or kind not in ("", record.type):
        raise APIError(404, "no proxy info found")
    return record


def forgetProxies(server: FRPServer) -> tuple[int, int]:
    """
    Forget those that are away.

    @return: how many were forgotten, and how many there were.
    """
    cleared, total = server.shared.statistics.forget()
    server.log.info("cleared [{cleared}] offline proxies, total [{total}] proxies", cleared=cleared, total=total)
    return cleared, total
