"""Clients, and the users whose clients they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs

from frp.interfaces import Seen
from frp.server.orders import Order
from frp.server.service import FRPServer
from frp.session.turns import chosen
from frp.web.dashboard.known import findClient
from frp.web.dashboard.shapes import ClientInfo, Phase, phaseOf
from frp.web.operations import SECOND
from frp.web.paging import BAD_QUERY, Page, Paging, anyOf, statusReader
from frp.web.queries import flag, maybe, parameter, word
from frp.web.shaping import sometimes

__all__ = ["Clients"]


@attrs.frozen(kw_only=True)
class ClientStatus:
    """What the proxies of a client do. C{curConns} counts users that are connected."""

    phase: Phase
    curConns: int
    proxyCount: int


@attrs.frozen(kw_only=True)
class ListedClient(ClientInfo):
    """
    A client, and what is not as it wants it.

    @ivar refused: how many proxies it wants, and has not.
    @ivar disabled: why an operator keeps it out.
    @ivar leftWhy: why its session has ended, where it is away.
    """

    refused: int = sometimes(0)
    disabled: str = sometimes("")
    leftWhy: str = sometimes("")


@attrs.frozen(kw_only=True)
class Kick:
    """When an operator sent a client away, in seconds since 1970, and why."""

    at: int
    reason: str = sometimes("")

    @classmethod
    def of(cls, order: Order) -> Kick:
        return cls(at=int(order.at), reason=order.why)


@attrs.frozen(kw_only=True)
class ClientDetails(ListedClient):
    """A client, what it does, and when an operator sent it away for the last time."""

    status: ClientStatus
    kick: Kick | None = sometimes(None)


@attrs.frozen(kw_only=True)
class User:
    """Whose clients there are."""

    user: str
    clientCount: int
    proxyCount: int


@attrs.frozen(kw_only=True)
class _Clients(Paging):
    status: str = parameter(statusReader, "Those that are here, or are not.")
    user: str | None = parameter(maybe, "Whose; empty for those of nobody.")
    clientID: str = parameter(word, "The name that the client has given itself, or its run id.")
    runID: str = parameter(word, "The run id.")
    refused: bool = parameter(flag, "Only those who want a proxy that they have not.")
    q: str = parameter(word, "What stands in any of its texts.")

    def passes(self, seen: Seen) -> bool:
        return (
            self.user in (None, seen.user)
            and self.clientID in ("", seen.name)
            and self.runID in ("", seen.runId)
            and self.status in ("all", phaseOf(seen))
            and anyOf(
                self.q,
                (
                    seen.key,
                    seen.user,
                    seen.name,
                    seen.runId,
                    seen.version,
                    seen.wireProtocol,
                    seen.hostname,
                    seen.host,
                ),
            )
        )


@attrs.frozen(kw_only=True)
class _Users(Paging):
    q: str = parameter(word, "What stands in the name.")


@attrs.frozen
class Clients:
    _server: FRPServer

    def _refused(self) -> Mapping[str, int]:
        """@return: how many proxies were refused, by the keys of the clients."""
        online = self._server.clients.online()
        return {one.caller.key: len(one.published.refused) for one in online if one.published.refused}

    def _listed(self, seen: Seen, refused: Mapping[str, int]) -> dict[str, Any]:
        """@return: what L{ListedClient} has."""
        order = self._server.shared.orders.clients.get(seen.key)
        return {
            **attrs.asdict(ClientInfo.of(seen)),
            "refused": refused.get(seen.key, 0),
            "disabled": "" if order is None else order.shown,
            "leftWhy": seen.leftWhy,
        }

    @SECOND.operation(
        "GET", "/clients", "who is, and was, here", query=_Clients, answers=Page[ListedClient], refuses=BAD_QUERY
    )
    async def all(self, query: _Clients) -> Page[ListedClient]:
        server, refused = self._server, self._refused()

        def passes(one: Seen) -> bool:
            return query.passes(one) and (not query.refused or one.key in refused)

        found = await chosen(server.clock, passes, await server.shared.roster.seen())
        return query.of(found, lambda one: ListedClient(**self._listed(one, refused)))

    @SECOND.operation(
        "GET",
        "/clients/{key}",
        "one of them, and what its proxies do",
        answers=ClientDetails,
        refuses={404: "there is no such client"},
    )
    async def one(self, key: str) -> ClientDetails:
        seen = await findClient(self._server, key)
        records = self._server.shared.statistics.records()
        own = [one for one in records if (one.user, one.clientID) == (seen.user, seen.name)]
        status = ClientStatus(
            phase=phaseOf(seen),
            curConns=sum(one.meter.current for one in own),
            proxyCount=len(own),
        )
        kick = self._server.shared.orders.kicks.get(key)
        return ClientDetails(
            **self._listed(seen, self._refused()), status=status, kick=None if kick is None else Kick.of(kick)
        )

    @SECOND.operation("GET", "/users", "whose they are", query=_Users, answers=Page[User], refuses=BAD_QUERY)
    async def users(self, query: _Users) -> Page[User]:
        shared = self._server.shared
        clients = Counter(seen.user for seen in await shared.roster.seen())
        proxies = Counter(record.user for record in shared.statistics.records())
        found = sorted(user for user in {*clients, *proxies} if anyOf(query.q, (user,)))
        return query.of(found, lambda user: User(user=user, clientCount=clients[user], proxyCount=proxies[user]))
