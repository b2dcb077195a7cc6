"""This frps as one node of several."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import cast

from twisted.internet.defer import Deferred, TimeoutError, fail
from twisted.python.failure import Failure

from frp.config.server import ServerConfig
from frp.errors import NoWorkStream, Unavailable
from frp.interfaces import Entry, IReactor, IStream
from frp.logs import Log
from frp.server.clients import Clients
from frp.server.cluster.announced import Announced
from frp.server.cluster.answering import Answering
from frp.server.cluster.balance import Balance
from frp.server.cluster.bringing import Bringing
from frp.server.cluster.census import Census
from frp.server.cluster.company import Company, Other, toldOf
from frp.server.cluster.consulting import Consulting
from frp.server.cluster.links import Links
from frp.server.cluster.mirrors import Mirrors
from frp.server.cluster.overtls import OverTLS, settingsOf
from frp.server.cluster.receiving import Receiving
from frp.server.cluster.rendezvous import Rendezvous
from frp.server.cluster.sealing import Sealing
from frp.server.serving import Peer, Serving
from frp.server.shared import Shared
from frp.sockets.accepting import AcceptingReactor
from frp.sockets.certificates import TLSFields
from frp.values import frozen
from frp.wire.messages import NewProxy

__all__ = ["PATIENCE", "Beside", "Node"]

#: Seconds that users and clients wait at most for a node that has just been started.
PATIENCE = 5.0

#: The annotation of a proxy with the nodes, or labels of nodes, where it is open, beside that of its client.
NODES = "frp.nodes"


@frozen(eq=False)
class Beside:
    """
    What is different for a node whose others are processes beside it.

    @ivar wants: whether a proxy of another one is to be open here; else that is for its client to say.
    @ivar rendezvous: how it and the others come to have connections.
    """

    wants: Callable[[Announced], bool]
    rendezvous: Rendezvous


class Node:
    """
    What a server has that is one of several: sessions with the others, and their proxies. It is the server's
    L{Others<frp.server.serving.Others>}.

    @ivar name: what it is called, for people.
    @ivar others: the other nodes, by what the directory calls them, which changes when they lose it.
    @ivar clients: how many clients each node has; @ivar proxies: how many proxies.
    """

    def __init__(
        self,
        reactor: IReactor,
        config: ServerConfig,
        shared: Shared,
        clients: Callable[[], Clients],
        log: Log,
        beside: Beside | None,
    ) -> None:
        """
        @param clients: who is online, once the server has started.
        @param beside: where the others are processes of one machine, and not what the configuration says.
        """
        cluster = config.cluster
        self.name = cluster.name
        self.mirrors: Mirrors | None = None
        self.clients, self.proxies = Census(), Census()
        self._directory = shared.directory
        self._claims = shared.names
        self._wants = self._isNamed if beside is None else beside.wants
        self._isBeside = beside is not None
        self._config = cluster
        self._log = log
        self._clock = reactor
        self._lost: float | None = None  # since when the directory cannot be asked
        self._sealing = Sealing(cluster.secret)
        self._id = os.urandom(8).hex()
        self._balance = self._balanceOf(clients)
        self._stops: list[Callable[[], object]] = []
        self._bringing = Bringing(self._streamTo, reactor, log)
        self.login, self.bring = self._bringing.login, self._bringing.bring
        self._rendezvous = OverTLS(reactor, settingsOf(config), log) if beside is None else beside.rendezvous
        self.answer = Consulting(self._proxyOf, self._streamTo, reactor).answer
        asked, came = Answering(clients).asked, Receiving(clients).came
        self.links = Links(reactor, self._id, self.name, self._rendezvous, log, asked, came)
        self._company = Company(self._id, self.name, self.links, self._sealing, reactor, log)
        self.others = self._company.others
        self._told: dict[str, object] = {}  # what the others are told of this one

    def _balanceOf(self, clients: Callable[[], Clients]) -> Balance | None:
        above, share = self._config.rebalance / 100, self._config.rebalanceShare / 100
        return Balance(clients, self._loads, self._clock, self._log, above=above, share=share) if above else None

    async def start(self, serving: Serving) -> None:
        """
        Be one of them, once clients and users can come.

        @raise FRPError: other nodes cannot come to the place that the configuration names.
        """
        await self.links.start()
        address = self._company.address = self._config.advertise or self.links.address
        self._told = toldOf(self._id, self.name, address, self._sealing)
        await self._tell()
        self.mirrors = mirrors = Mirrors(serving, self.links, self._directory, self._sealing, self._wants, self._nameOf)
        watchers = (
            ("node", self._company),
            ("run", self._bringing),
            ("run", self.clients),
            ("proxy", mirrors),
            ("proxy", self.proxies),
        )
        self._stops = [self._directory.watch(kind, watcher) for kind, watcher in watchers]
        self._stops.append(self._directory.heed(self._reaches))
        self._reaches(self._directory.reachable)
        if self._balance is not None:
            self._balance.start()
        if not self._isBeside:
            self._log.info("node {name} of a cluster, for other nodes at {address}", name=self.name, address=address)

    @cached_property
    def _accepting(self) -> AcceptingReactor:
        return AcceptingReactor(self._clock)

    @property
    def entrance(self) -> IReactor:
        """Where users and clients come in. They wait there until this node L{accept}s them."""
        return cast("IReactor", self._accepting)

    def accept(self) -> None:
        """It serves."""
        self._accepting.accept()

    async def meet(self) -> None:
        """
        Wait, but not for long, until what the others have is known here, and each of them was met.

        @raise ConfigError: as L{Company.check}.
        """
        meeting = Deferred.fromCoroutine(self._meetAll()).addTimeout(PATIENCE, self._clock)
        try:
            await meeting
        except TimeoutError:
            missing = ", ".join(other.name for other in self._expected() if not self.linked(other))
            self._hurry(f"there is no link to {missing}" if missing else "the directory is not read")
        except Unavailable as error:
            self._hurry(error.oneLine)

    def _hurry(self, why: str) -> None:
        self._log.warn("users and clients are let in, though not all was heard of the other nodes: {why}", why=why)

    async def _meetAll(self) -> None:
        await self._directory.told()
        self._company.check()
        for other in self._expected():
            await self.links.met(other.id)

    def _expected(self) -> list[Other]:
        """@return: those that are there. One at our own address was this one, in a life before."""
        return [each for each in self.others.values() if not each.stranger and each.address != self.address]

    def _tell(self) -> Deferred[Entry | None]:
        return self._directory.claim(Entry(("node", self._id), self._id, dict(self._told)), lambda other: None)

    def drain(self) -> None:
        """Let the other nodes know that clients are to go from here to them. Those beside it go as well."""
        if self._isBeside:
            return
        self._told["drains"] = True
        self._tell().addErrback(self._notTold)

    def _notTold(self, failure: Failure) -> None:
        failure.trap(Unavailable)
        self._log.warn("other nodes do not know that this one is to be left: {why}", why=failure.getErrorMessage())

    def _reaches(self, reachable: bool) -> None:
        self._lost = None if reachable else self._clock.seconds()

    @property
    def away(self) -> float | None:
        """For how many seconds the directory cannot be asked; None where it can."""
        return None if self._lost is None else self._clock.seconds() - self._lost

    def _isNamed(self, announced: Announced) -> bool:
        """Whether this node is among those that the client of a proxy has named, if it has named any."""
        nodes = announced.message.annotations.get(NODES)
        names = {self.name, *self._config.labels}
        return nodes is None or bool(names.intersection(word.strip() for word in nodes.split(",")))

    async def announce(self, peer: Peer, message: NewProxy, port: int) -> None:
        told = Announced.of(self._id, peer, message, port).told(self._sealing)
        await self._claims.say(message.proxy_name, told)

    def _streamTo(self, node: str, ask: Mapping[str, object]) -> Deferred[IStream]:
        """@param node: as the directory calls it."""
        other = self.others.get(node)
        if other is None:
            return fail(NoWorkStream("the node of its client is gone"))
        if other.stranger:
            return fail(NoWorkStream(f"node {other.name}, where its client is, has another cluster.secret"))
        return self.links.stream(other.id, ask)

    def _nameOf(self, node: str) -> str:
        """@param node: as the directory calls it."""
        other = self.others.get(node)
        return node if other is None else other.name

    def _proxyOf(self, name: str) -> Entry | None:
        return None if self.mirrors is None else self.mirrors.entryOf(name)

    def _loads(self) -> list[int]:
        ours = [key for key, other in self.others.items() if not (other.stranger or other.drains)]
        return [self.clients.of(node) for node in (self.key, *ours)]

    # Other nodes

    @property
    def address(self) -> str:
        """Where other nodes reach this one."""
        return self._company.address

    def renewal(self, tls: TLSFields) -> Callable[[], None] | None:
        """As L{Rendezvous.renewal<frp.server.cluster.rendezvous.Rendezvous.renewal>}."""
        return self._rendezvous.renewal(tls)

    def trouble(self, other: Other) -> str:
        """@return: what is wrong with it that people must mend, or why it is not reached; empty if nothing is known."""
        return self._company.trouble(other) or self.links.trouble(other.id)

    def linked(self, other: Other) -> bool:
        """Whether there is a session with it."""
        return other.id in self.links.reachable

    @property
    def key(self) -> str:
        """What the directory calls this node."""
        return self._directory.node

    async def close(self) -> None:
        """Be none of them any more. Users of other nodes whom this one serves end with its links."""
        for stop in self._stops:
            stop()
        self._company.stop()
        if self._balance is not None:
            self._balance.stop()
        if self.mirrors is not None:
            await self.mirrors.close()
        with suppress(Unavailable):  # its lease says it then
            await self._directory.release(("node", self._id), self._id)

    async def cut(self) -> None:
        """End what still goes from and to other nodes."""
        await self.links.stop()
