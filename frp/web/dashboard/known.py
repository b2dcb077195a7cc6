"""What frps knows of its clients and proxies, as both of its APIs look for it, and forget it."""

from __future__ import annotations

from frp.errors import Disabled
from frp.interfaces import Seen
from frp.interfaces.operations import Caller
from frp.server.refusals import Refusal, WantedProxy
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.session.turns import chosen
from frp.web.answers import APIError

__all__ = ["allRefusals", "findClient", "findProxy", "forgetProxies", "isFault"]


async def findClient(server: FRPServer, key: str) -> Seen:
    """@raise APIError: there is none."""
    seen = await server.whole.seenOf(key)
    if seen is None:
        raise APIError(404, f"client {key} not found")
    return seen


async def findProxy(server: FRPServer, name: str, kind: str = "", *, mirrored: bool = False) -> ProxyRecord:
    """
    @param kind: its type; empty for any.
    @param mirrored: as for L{Whole.records<frp.server.whole.whole.Whole.records>}.
    @raise APIError: there is none.
    """
    record = await server.whole.find(name, mirrored=mirrored)
    if record is None or kind not in ("", record.type):
        raise APIError(404, "no proxy info found")
    return record


async def forgetProxies(server: FRPServer) -> tuple[int, int]:
    """
    Forget those that are away.

    @return: how many were forgotten, and how many there were.
    """
    cleared, total = await server.whole.forget()
    server.log.info("cleared [{cleared}] offline proxies, total [{total}] proxies", cleared=cleared, total=total)
    return cleared, total


def isFault(server: FRPServer, one: Refusal[WantedProxy]) -> bool:
    """
    Whether a refusal is not as an operator wants it: what one keeps closed is, also where its client does not know yet,
    and what is enabled again, until its client has asked once more.
    """
    return one.cause != Disabled.cause and one.what.name not in server.shared.orders.proxies


async def allRefusals(server: FRPServer, *, ordered: bool = False) -> list[tuple[Caller, Refusal[WantedProxy]]]:
    """
    @param ordered: whether what an operator keeps closed is among them.
    @return: those of all clients that are here.
    """
    found = await server.whole.refusals()
    return found if ordered else await chosen(server.clock, lambda one: isFault(server, one[1]), found)
