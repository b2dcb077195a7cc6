"""Clients that are sent away or not to come, and proxies that are not to be open."""

from __future__ import annotations

from operator import itemgetter

from frp.interfaces import keyOf
from frp.server.moderation import told
from frp.server.orders import CLIENT, KICK, PROXY, Order, Orders
from frp.server.service import FRPServer
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.dashboard.known import allRefusals
from frp.web.operations import SECOND, Body
from frp.web.paging import BAD_QUERY, Page, Paging, wordsIn
from frp.web.queries import oneOf, parameter, word
from frp.web.shaping import sometimes

__all__ = ["Moderation"]

#: Characters of a reason.
MOST = 500


@frozen
class Because:
    """Why it is done: told to the client, and shown."""

    reason: str = sometimes("")


@frozen
class _Because:
    reason: str = parameter(word, "Why; the client is told.")


_BECAUSE = Body(Because, "Why; the client is told.")


@frozen(kw_only=True)
class Disabled:
    """
    Who is not to be here, or what is not to be open, whether or not it would be.

    @ivar name: of a proxy, or the key of a client.
    @ivar at: since when, in seconds since 1970.
    @ivar type: of a proxy, and @ivar client: the key of whose it was, where that is known.
    @ivar hostname: of a client, and @ivar clientIP: from where it came, where that is known.
    """

    name: str
    reason: str
    at: int
    type: str = sometimes("")
    client: str = sometimes("")
    hostname: str = sometimes("")
    clientIP: str = sometimes("")

    @property
    def texts(self) -> tuple[str, ...]:
        """What a search looks through."""
        return self.name, self.reason, self.type, self.client, self.hostname, self.clientIP


@frozen(kw_only=True)
class _Which(Paging):
    what: str = parameter(oneOf("what", "proxies", "clients"), "Of which kind.")
    q: str = parameter(word, "Words, each of which stands in one of its texts.")


@frozen
class Moderation:
    """What an operator orders; L{frp.server.moderation} keeps to it."""

    _server: FRPServer

    @property
    def _orders(self) -> Orders:
        return self._server.shared.orders

    def _order(self, reason: str) -> Order:
        return Order(reason[:MOST], self._server.clock.seconds())

    @SECOND.operation(
        "GET",
        "/disabled",
        "what is disabled, whether or not it has ever been here",
        query=_Which,
        answers=Page[Disabled],
        refuses=BAD_QUERY,
    )
    async def disabled(self, query: _Which) -> Page[Disabled]:
        known = await (self._proxies() if query.what == "proxies" else self._clients())
        return query.of([one for one in known if wordsIn(query.q, one.texts)], lambda one: one)

    async def _proxies(self) -> list[Disabled]:
        # The type of each, and the key of its client: of those that have been here, and of those that are wanted.
        records, refusals = await self._server.whole.records(), await allRefusals(self._server, ordered=True)
        known = {one.name: (one.type, keyOf(one.user, one.clientID, "")) for one in records}
        known |= {one.what.name: (one.what.type, caller.key) for caller, one in refusals}
        return [
            Disabled(name=name, reason=order.why, at=int(order.at), type=kind, client=client)
            for name, order in sorted(self._orders.proxies.items(), key=itemgetter(0))
            for kind, client in [known.get(name, ("", ""))]
        ]

    async def _clients(self) -> list[Disabled]:
        seen = {one.key: one for one in await self._server.whole.seen()}
        return [
            Disabled(
                name=key,
                reason=order.why,
                at=int(order.at),
                hostname=seen[key].hostname if key in seen else "",
                clientIP=seen[key].host if key in seen else "",
            )
            for key, order in sorted(self._orders.clients.items(), key=itemgetter(0))
        ]

    @SECOND.operation(
        "DELETE",
        "/clients/{key}",
        "end the session of a client, which may come back after half a minute",
        query=_Because,
        refuses={404: "it is not here"},
    )
    async def kick(self, key: str, query: _Because) -> None:
        if await self._server.whole.here(key) is None:
            raise APIError(404, f"client {key} is not online")
        await self._server.whole.order(KICK, key, self._order(query.reason))

    @SECOND.operation(
        "POST",
        "/clients/{key}/disable",
        "end the session of a client, and let it in no more",
        takes=_BECAUSE,
        refuses={400: "that is no reason, or the client would come back under another key"},
    )
    async def disableClient(self, key: str, body: Because) -> None:
        here, order = await self._server.whole.here(key), self._order(body.reason)
        if here is not None and not here.named:
            raise APIError(
                400, f"client {key} has no clientID: nobody would know it again. Hooks can keep its user or address out"
            )
        self._server.log.info("{why}", why=told("client", key, order))
        await self._server.whole.order(CLIENT, key, order)

    @SECOND.operation(
        "POST",
        "/clients/{key}/enable",
        "let a client in again, as soon as it tries",
        refuses={404: "it is not disabled"},
    )
    async def enableClient(self, key: str) -> None:
        await self._enable("client", CLIENT, key)

    @SECOND.operation(
        "POST",
        "/proxies/{name}/disable",
        "close a proxy, and keep it closed; its port and its domains are for others meanwhile",
        takes=_BECAUSE,
        refuses={400: "that is no reason"},
    )
    async def disable(self, name: str, body: Because) -> None:
        order = self._order(body.reason)
        self._server.log.info("{why}", why=told("proxy", name, order))
        await self._server.whole.order(PROXY, name, order)

    @SECOND.operation(
        "POST",
        "/proxies/{name}/enable",
        "let a proxy be open again; its client asks for it within half a minute",
        refuses={404: "it is not disabled"},
    )
    async def enable(self, name: str) -> None:
        await self._enable("proxy", PROXY, name)

    async def _enable(self, what: str, kind: str, name: str) -> None:
        if name not in self._orders.kept()[kind]:
            raise APIError(404, f"{what} {name} is not disabled")
        self._server.log.info("{what} [{name}] is enabled", what=what, name=name)
        await self._server.whole.order(kind, name, None)
