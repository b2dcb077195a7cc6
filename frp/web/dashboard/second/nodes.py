"""The nodes of a server that is several frps, and leaving one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import attrs

from frp.server.service import FRPServer
from frp.server.whole.own import Sums
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.operations import ANY, PLAIN, SECOND, Body
from frp.web.shaping import sometimes

if TYPE_CHECKING:
    from frp.server.cluster.node import Node

__all__ = ["NodeInfo", "Nodes"]


@frozen(kw_only=True)
class NotOpen:
    """A proxy of another node that is not open at this one, and why."""

    proxy: str
    why: str


@frozen(kw_only=True)
class Share:
    """What the proxies of a worker carry: users that are connected, and bytes of today."""

    curConns: int
    todayTrafficIn: int
    todayTrafficOut: int

    @classmethod
    def of(cls, sums: Sums) -> Share:
        bytesIn, bytesOut = sums.figures.today
        return cls(curConns=sums.figures.current, todayTrafficIn=bytesIn, todayTrafficOut=bytesOut)


@frozen(kw_only=True)
class NodeInfo:
    """
    A node.

    @ivar address: where other nodes reach it.
    @ivar link: whether this node has a session with it; C{here} for this one.
    @ivar clients: how many have logged in there; @ivar proxies: how many of them are open.
    @ivar trouble: of another node: what people must mend, such as another secret, or why this node does not reach it.
    @ivar storeAway: of this node: for how many seconds it cannot reach C{cluster.store}, whole ones, and at least one:
        who logs in, and new proxies, are refused.
    @ivar drains: whether it lets its clients go.
    @ivar notOpen: of this node: which proxies of others are not open here.
    @ivar share: what it carries, where it is a worker of this frps, which shows elsewhere what all of them carry.
    """

    name: str
    address: str
    link: Literal["here", "up", "down"]
    clients: int
    proxies: int
    trouble: str = sometimes("")
    storeAway: int = sometimes(0)
    drains: bool = sometimes(False)
    notOpen: list[NotOpen] = sometimes(())
    share: Share | None = sometimes(None)


@frozen
class Within:
    """After how many seconds those go, too, that have users."""

    seconds: int = sometimes(300)


@frozen(kw_only=True)
class Remaining:
    """
    How many clients are still here.

    @ivar again: whether it was said before: only the time is another one now.
    """

    clients: int
    again: bool = sometimes(False)


_WITHIN = Body(Within, "After how many seconds those go, too, that have users: 300.")


@frozen
class Nodes:
    _server: FRPServer

    @SECOND.operation(
        "GET", "/nodes", "the nodes of this server, this one first; none where it is alone", answers=list[NodeInfo]
    )
    async def nodes(self) -> list[NodeInfo]:
        server = self._server
        if server.node is None:
            return []
        found = [self._here(server.node), *sorted(self._others(server.node), key=lambda one: one.name)]
        if server.whole.alone:
            return found
        shares = {name: Share.of(sums) for name, sums in (await server.whole.shares()).items()}
        return [attrs.evolve(one, share=shares.get(one.name)) for one in found]

    def _here(self, node: Node) -> NodeInfo:
        troubles = {} if node.mirrors is None else node.mirrors.troubles
        return NodeInfo(
            name=node.name,
            address=node.address,
            link="here",
            clients=node.clients.of(node.key),
            proxies=node.proxies.of(node.key),
            storeAway=0 if node.away is None else max(1, int(node.away)),
            drains=self._server.drains,
            notOpen=[NotOpen(proxy=name, why=why) for name, why in sorted(troubles.items())],
        )

    def _others(self, node: Node) -> Iterator[NodeInfo]:
        for key, other in node.others.items():
            yield NodeInfo(
                name=other.name,
                address=other.address,
                link="up" if node.linked(other) else "down",
                clients=node.clients.of(key),
                proxies=node.proxies.of(key),
                drains=other.drains,
                trouble=node.trouble(other),
            )

    @SECOND.operation(
        "POST",
        "/drain",
        "let no more clients in, and let those go that have no user; frps ends when nobody is left",
        takes=_WITHIN,
        answers=Remaining,
        refuses={400: "that is no time"},
    )
    async def drain(self, body: Within) -> Remaining:
        if body.seconds < 0:
            raise APIError(400, "seconds: must not be negative")
        clients = (await self._server.whole.sums()).clients  # before, for where nobody is left frps ends at once
        again = self._server.drains
        self._server.drain(body.seconds)
        return Remaining(clients=clients, again=again)

    @PLAIN.operation(
        ANY,
        "/readyz",
        "whether clients are let in",
        locked=False,
        refuses={503: "they are not: this frps is being drained"},
    )
    def ready(self) -> None:
        """It lives all the same: C{/healthz} says so."""
        if self._server.drains:
            raise APIError(503, "this frps is being drained")
