"""What all proxies of a client carry together."""

from __future__ import annotations

from collections.abc import Mapping

from frp.interfaces import Seen
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.session.turns import inTurns
from frp.values import define

__all__ = ["Carried", "allCarried", "ofClient"]

#: The user of a client, and its name.
Owner = tuple[str, str]


@define(kw_only=True)
class Carried:
    """Over the proxies of a client, also those that are gone. C{curConns} counts users; bytes are those of today."""

    proxyCount: int = 0
    curConns: int = 0
    todayTrafficIn: int = 0
    todayTrafficOut: int = 0

    def add(self, record: ProxyRecord) -> None:
        """One more of its proxies."""
        meter = record.meter
        bytesIn, bytesOut = meter.today
        self.proxyCount += 1
        self.curConns += meter.current
        self.todayTrafficIn += bytesIn
        self.todayTrafficOut += bytesOut


async def allCarried(server: FRPServer) -> Mapping[Owner, Carried]:
    """@return: of every client that has brought a proxy."""
    found: dict[Owner, Carried] = {}

    def look(record: ProxyRecord) -> None:
        found.setdefault((record.user, record.clientID), Carried()).add(record)

    await inTurns(server.clock, look, await server.whole.records())
    return found


def ofClient(carried: Mapping[Owner, Carried], seen: Seen) -> Carried:
    """@return: that of one client."""
    return carried.get((seen.user, seen.name)) or Carried()
