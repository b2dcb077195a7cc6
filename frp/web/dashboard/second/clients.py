"""Clients, and the users whose clients they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from frp.interfaces import Seen
from frp.server.orders import Order
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.session.turns import chosen, inTurns
from frp.values import frozen
from frp.web.dashboard.known import allRefusals, findClient
from frp.web.dashboard.second.carried import Carried, Owner, allCarried, ofClient
from frp.web.dashboard.shapes import ClientInfo, Phase, phaseOf
from frp.web.operations import SECOND
from frp.web.paging import BAD_QUERY, Page, Paging, anyOf, statusReader, wordsIn
from frp.web.queries import flag, maybe, parameter, word
from frp.web.shaping import sometimes
from frp.web.sorting import arranged, sortParameter

__all__ = ["Clients"]

#: What a client says to a hook that knows its user by it, and to nobody else.
SECRET = "token"


#: The sums by which clients can be had in order.
_SUMS: Mapping[str, Callable[[Carried], int]] = {
    "proxies": lambda one: one.proxyCount,
    "connections": lambda one: one.curConns,
    "in": lambda one: one.todayTrafficIn,
    "out": lambda one: one.todayTrafficOut,
    "traffic": lambda one: one.todayTrafficIn + one.todayTrafficOut,
}

SORTS = ("name", "status", "host", "version", "since", *_SUMS)


@frozen(kw_only=True)
class ClientStatus:
    """What the proxies of a client do. C{curConns} counts users that are connected."""

    phase: Phase
    curConns: int
    proxyCount: int


@frozen(kw_only=True)
class ListedClient(ClientInfo):
    """
    A client, and what is not as it wants it.

    @ivar refused: how many proxies it wants, and has not.
    @ivar disabled: why an operator keeps it out.
    @ivar sums: what its proxies carry, where that was asked for.
    @ivar node: at which worker it is, or was last, where frps is several.
    """

    refused: int = sometimes(0)
    disabled: str = sometimes("")
    sums: Carried | None = sometimes(None)
    node: str = sometimes("")


@frozen(kw_only=True)
class Kick:
    """When an operator sent a client away, in seconds since 1970, and why."""

    at: int
    reason: str = sometimes("")

    @classmethod
    def of(cls, order: Order) -> Kick:
        return cls(at=int(order.at), reason=order.why)


@frozen(kw_only=True)
class ClientDetails(ListedClient):
    """
    A client, what it does, and when an operator sent it away for the last time.

    @ivar leftWhy: why its session has ended, where it is away.
    @ivar metadatas: of its configuration, while it is here; but for what is a secret.
    """

    status: ClientStatus
    kick: Kick | None = sometimes(None)
    leftWhy: str = sometimes("")
    metadatas: dict[str, str] = sometimes(attrs.Factory(dict))


@frozen(kw_only=True)
class User:
    """Whose clients there are."""

    user: str
    clientCount: int
    proxyCount: int


def _sums() -> Any:
    return parameter(flag, "Tell what its proxies carry together as well.")


@frozen
class _More:
    sums: bool = _sums()


@frozen(kw_only=True)
class _Clients(Paging):
    status: str = parameter(statusReader, "Those that are here, or are not.")
    user: str | None = parameter(maybe, "Whose; empty for those of nobody.")
    clientID: str = parameter(word, "The name that the client has given itself, or its run id.")
    runID: str = parameter(word, "The run id.")
    refused: bool = parameter(flag, "Only those who want a proxy that they have not.")
    q: str = parameter(word, "What stands in any of its texts.")
    search: str = parameter(word, "Words, each of which stands in any of its texts.")
    sort: str = sortParameter(SORTS)
    sums: bool = _sums()

    def passes(self, seen: Seen) -> bool:
        texts = (
            seen.key,
            seen.user,
            seen.name,
            seen.runId,
            seen.version,
            seen.wireProtocol,
            seen.hostname,
            seen.host,
        )
        return (
            self.user in (None, seen.user)
            and self.clientID in ("", seen.name)
            and self.runID in ("", seen.runId)
            and self.status in ("all", phaseOf(seen))
            and anyOf(self.q, texts)
            and (not self.search or wordsIn(self.search, (*texts, phaseOf(seen))))
        )


@frozen(kw_only=True)
class _Users(Paging):
    q: str = parameter(word, "What stands in the name.")


@frozen
class Clients:
    _server: FRPServer

    async def _refused(self) -> Mapping[str, int]:
        """@return: how many proxies were refused, by the keys of the clients."""
        return Counter(caller.key for caller, _ in await allRefusals(self._server))

    def _listed(self, seen: Seen, refused: Mapping[str, int], sums: Carried | None) -> dict[str, Any]:
        """@return: what L{ListedClient} has."""
        order = self._server.shared.orders.clients.get(seen.key)
        return {
            **attrs.asdict(ClientInfo.of(seen)),
            "refused": refused.get(seen.key, 0),
            "disabled": "" if order is None else order.shown,
            "sums": sums,
            "node": seen.node,
        }

    @SECOND.operation(
        "GET", "/clients", "who is, and was, here", query=_Clients, answers=Page[ListedClient], refuses=BAD_QUERY
    )
    async def all(self, query: _Clients) -> Page[ListedClient]:
        server, refused = self._server, await self._refused()

        def passes(one: Seen) -> bool:
            return query.passes(one) and (not query.refused or one.key in refused)

        carried = await allCarried(server) if query.sums or query.sort.removeprefix("-") in _SUMS else {}
        found = await arranged(
            server.clock,
            query.sort,
            self._keys(refused, carried),
            await chosen(server.clock, passes, await server.whole.seen()),
        )

        def shaped(one: Seen) -> ListedClient:
            return ListedClient(**self._listed(one, refused, ofClient(carried, one) if query.sums else None))

        return query.of(found, shaped)

    def _keys(
        self, refused: Mapping[str, int], carried: Mapping[Owner, Carried]
    ) -> Mapping[str, Callable[[Seen], object]]:
        """@return: what is compared, by the names of L{SORTS}."""
        disabled = self._server.shared.orders.clients

        def standing(one: Seen) -> tuple[bool, bool, bool]:
            """Who is not as an operator wants it comes first."""
            return one.key not in refused, one.key not in disabled, one.online

        def summed(sum: Callable[[Carried], int]) -> Callable[[Seen], int]:
            return lambda one: sum(ofClient(carried, one))

        return {
            "name": lambda one: one.key.lower(),
            "status": standing,
            "host": lambda one: (one.hostname.lower(), one.host),
            "version": lambda one: [int(number) for number in re.findall(r"\d+", one.version)[:4]],
            "since": lambda one: one.lastAt if one.leftAt is None else one.leftAt,
            **{name: summed(sum) for name, sum in _SUMS.items()},
        }

    @SECOND.operation(
        "GET",
        "/clients/{key}",
        "one of them, and what its proxies do",
        query=_More,
        answers=ClientDetails,
        refuses={404: "there is no such client"},
    )
    async def one(self, key: str, query: _More) -> ClientDetails:
        server = self._server
        seen = await findClient(server, key)
        own = ofClient(await allCarried(server), seen)
        kick = server.shared.orders.kicks.get(key)
        here = await server.whole.here(key) if seen.online else None
        return ClientDetails(
            **self._listed(seen, await self._refused(), own if query.sums else None),
            status=ClientStatus(phase=phaseOf(seen), curConns=own.curConns, proxyCount=own.proxyCount),
            kick=None if kick is None else Kick.of(kick),
            leftWhy=seen.leftWhy,
            metadatas={
                name: text for name, text in sorted({} if here is None else here.metas.items()) if name != SECRET
            },
        )

    @SECOND.operation("GET", "/users", "whose they are", query=_Users, answers=Page[User], refuses=BAD_QUERY)
    async def users(self, query: _Users) -> Page[User]:
        whole = self._server.whole
        clients = await self._byUser(await whole.seen())
        proxies = await self._byUser(await whole.records())
        found = sorted(user for user in {*clients, *proxies} if anyOf(query.q, (user,)))
        return query.of(found, lambda user: User(user=user, clientCount=clients[user], proxyCount=proxies[user]))

    async def _byUser(self, things: Iterable[Seen | ProxyRecord]) -> Counter[str]:
        """@return: how many there are of each user."""
        found = Counter[str]()

        def count(one: Seen | ProxyRecord) -> None:
            found[one.user] += 1

        await inTurns(self._server.clock, count, things)
        return found
