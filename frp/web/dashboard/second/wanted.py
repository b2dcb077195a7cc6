"""Proxies that clients want and have not, as they stand among those that clients have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.values import frozen
from frp.web.dashboard.known import allRefusals, isFault

__all__ = ["NONE", "Wanted", "wantedOf"]

#: A name, the user of a client, and the name of the client: two clients may want the same.
Place = tuple[str, str, str]


def _place(record: ProxyRecord) -> Place:
    return record.name, record.user, record.clientID


@frozen
class Wanted:
    """
    @ivar absent: stands for those which their client has never had.
    @ivar reasons: why each was refused, also those that their client had before; but for what an operator keeps closed.
    """

    absent: list[ProxyRecord] = attrs.field(factory=list)
    reasons: Mapping[Place, str] = attrs.field(factory=dict)

    def reason(self, record: ProxyRecord) -> str:
        """@return: why it is not open; empty where it is, or nobody wants it."""
        return "" if record.online else self.reasons.get(_place(record), "")


#: Where nobody asks for them.
NONE = Wanted()


async def wantedOf(server: FRPServer, records: Iterable[ProxyRecord]) -> Wanted:
    """
    @param records: of all proxies that clients have, or had.
    @return: those of all clients that are here.
    """
    statistics, had = server.shared.statistics, {one.name: one for one in records}
    found = Wanted([], reasons := {})
    for caller, one in await allRefusals(server, ordered=True):
        name, kind = one.what.name, one.what.type
        place = name, caller.user, caller.clientID or caller.runId
        if isFault(server, one):
            reasons[place] = one.why
        known = had.get(name)
        if known is None or _place(known) != place:
            found.absent.append(statistics.absent(name, kind, user=place[1], clientID=place[2]))
    return found
