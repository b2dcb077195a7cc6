"""Clients that are sent away or not to come, and proxies that are not to be open."""

from __future__ import annotations

from twisted.python.failure import Failure

from frp import errors
from frp.errors import Refused, TunnelLost
from frp.hooks.base import ServerHook
from frp.interfaces import keyOf
from frp.interfaces.operations import NEW_PROXY, Operation
from frp.server.control import Control
from frp.server.orders import Order
from frp.server.service import FRPServer
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.dashboard.known import allRefusals
from frp.web.operations import SECOND, Body
from frp.web.paging import BAD_QUERY, Page, Paging, wordsIn
from frp.web.queries import oneOf, parameter, word
from frp.web.shaping import sometimes
from frp.wire.messages import Login, NewProxy

__all__ = ["Moderation"]

#: Seconds for which a client that was sent away is told so, before it may come back.
AWAY = 30

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


class Moderation(ServerHook):
    """Refuses what an operator does not want; its operations say what that is."""

    name = "moderation"
    operations = (NEW_PROXY,)

    def __init__(self, server: FRPServer) -> None:
        self._server = server
        self._orders = server.shared.orders
        server.checks.append(self._check)

    def _check(self, login: Login, runId: str) -> None:
        """@raise Refused: it is not to be here. Nobody hears why who has not proven to be that client."""
        key = keyOf(login.user, login.client_id, runId)
        disabled, kick = self._orders.clients.get(key), self._orders.kicks.get(key)
        if disabled is not None:
            raise Refused(_told("client", key, disabled))
        if kick is None:
            return
        why, left = f"an operator has ended this session{_because(kick)}", kick.at + AWAY - self._server.clock.seconds()
        if left > 0:  # in the log it is the same each time
            raise Refused(f"{why}; it may begin again in {left:.0f} s", f"{why}; it may begin again {AWAY} s later")

    def newProxy(self, operation: Operation[NewProxy]) -> NewProxy:
        name = operation.message.proxy_name
        disabled = self._orders.proxies.get(name)
        if disabled is not None:
            raise errors.Disabled(_told("proxy", name, disabled))
        return operation.message

    def _order(self, reason: str) -> Order:
        return Order(reason[:MOST], self._server.clock.seconds())

    def _find(self, key: str) -> Control | None:
        return next((one for one in self._server.clients.online() if one.caller.key == key), None)

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
        orders, refusals = self._orders.proxies, await allRefusals(self._server, ordered=True)
        wanted = {one.what.name: (one.what.type, caller.key) for caller, one in refusals}
        return [
            Disabled(name=name, reason=orders[name].why, at=int(orders[name].at), type=kind, client=client)
            for name in sorted(orders)
            for kind, client in [wanted.get(name) or self._was(name)]
        ]

    def _was(self, name: str) -> tuple[str, str]:
        """@return: the type of a proxy and the key of its client; empty where it has never been here."""
        record = self._server.shared.statistics.find(name)
        return ("", "") if record is None else (record.type, keyOf(record.user, record.clientID, ""))

    async def _clients(self) -> list[Disabled]:
        orders, roster = self._orders.clients, self._server.shared.roster
        return [
            Disabled(
                name=key,
                reason=orders[key].why,
                at=int(orders[key].at),
                hostname="" if seen is None else seen.hostname,
                clientIP="" if seen is None else seen.host,
            )
            for key in sorted(orders)
            for seen in [await roster.find(key)]
        ]

    @SECOND.operation(
        "DELETE",
        "/clients/{key}",
        "end the session of a client, which may come back after half a minute",
        query=_Because,
        refuses={404: "it is not here"},
    )
    def kick(self, key: str, query: _Because) -> None:
        control, order = self._find(key), self._order(query.reason)
        if control is None:
            raise APIError(404, f"client {key} is not online")
        self._orders.kick(key, order)
        self._end(control, f"an operator has ended the session{_because(order)}")

    def _end(self, control: Control, why: str) -> None:
        control.log.info("{why}", why=why)
        control.close(Failure(TunnelLost(why)))

    @SECOND.operation(
        "POST",
        "/clients/{key}/disable",
        "end the session of a client, and let it in no more",
        takes=_BECAUSE,
        refuses={400: "that is no reason, or the client would come back under another key"},
    )
    def disableClient(self, key: str, body: Because) -> None:
        control, order = self._find(key), self._order(body.reason)
        if control is not None and not control.login.client_id:
            raise APIError(
                400, f"client {key} has no clientID: nobody would know it again. Hooks can keep its user or address out"
            )
        self._orders.clients[key] = order
        why = _told("client", key, order)
        self._server.log.info("{why}", why=why)
        if control is not None:
            self._end(control, why)

    @SECOND.operation(
        "POST",
        "/clients/{key}/enable",
        "let a client in again, as soon as it tries",
        refuses={404: "it is not disabled"},
    )
    def enableClient(self, key: str) -> None:
        self._enable("client", key, self._orders.clients)

    @SECOND.operation(
        "POST",
        "/proxies/{name}/disable",
        "close a proxy, and keep it closed; its port and its domains are for others meanwhile",
        takes=_BECAUSE,
        refuses={400: "that is no reason"},
    )
    def disable(self, name: str, body: Because) -> None:
        order = self._orders.proxies[name] = self._order(body.reason)
        why = _told("proxy", name, order)
        self._server.log.info("{why}", why=why)
        for control in self._server.clients.online():
            if control.published.has(name):
                control.takeBack(name, why)

    @SECOND.operation(
        "POST",
        "/proxies/{name}/enable",
        "let a proxy be open again; its client asks for it within half a minute",
        refuses={404: "it is not disabled"},
    )
    def enable(self, name: str) -> None:
        self._enable("proxy", name, self._orders.proxies)

    def _enable(self, what: str, name: str, disabled: dict[str, Order]) -> None:
        if disabled.pop(name, None) is None:
            raise APIError(404, f"{what} {name} is not disabled")
        self._server.log.info("{what} [{name}] is enabled", what=what, name=name)


def _told(what: str, name: str, order: Order) -> str:
    return f"{what} [{name}] is disabled by an operator{_because(order)}"


def _because(order: Order) -> str:
    return f": {order.why}" if order.why else ""
