"""This frps as one node of several."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred, fail
from zope.interface import implementer

from frp.config.server import ServerConfig
from frp.errors import NoWorkStream
from frp.interfaces import Entry, IReactor, IStream, IWatcher
from frp.logs import Log
from frp.server.clients import Clients
from frp.server.cluster.announced import Announced
from frp.server.cluster.answering import Answering
from frp.server.cluster.balance import Balance
from frp.server.cluster.bringing import Bringing
from frp.server.cluster.census import Census
from frp.server.cluster.consulting import Consulting
from frp.server.cluster.links import Links
from frp.server.cluster.mirrors import Mirrors
from frp.server.cluster.overtls import OverTLS, settingsOf
from frp.server.cluster.receiving import Receiving
from frp.server.cluster.rendezvous import Rendezvous
from frp.server.cluster.sealing import OtherSecret, Sealing
from frp.server.serving import Peer, Serving
from frp.server.shared import Shared
from frp.values import frozen
from frp.wire.messages import NewProxy

__all__ = ["Beside", "Node", "Other"]


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


@frozen
class Other:
    """
    Another node.

    @ivar id: what it calls itself as long as it lives.
    @ivar name: for people.
    @ivar address: where it is reached.
    @ivar stranger: it has another secret: only what is taken is agreed on with it.
    """

    id: str
    name: str
    address: str
    stranger: bool


@implementer(IWatcher)
class Node:
    """
    What a server has that is one of several: sessions with the others, and their proxies. It is the server's
    L{Others<frp.server.serving.Others>}.

    @ivar name: what it is called, for people.
    @ivar address: where other nodes reach it.
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
        self.others: dict[str, Other] = {}
        self.mirrors: Mirrors | None = None
        self.clients, self.proxies = Census(), Census()
        self.address = ""
        self._directory = shared.directory
        self._claims = shared.names
        self._names = {self.name, *cluster.labels}
        self._wants = self._isNamed if beside is None else beside.wants
        self._config = cluster
        self._log = log
        self._clock = reactor
        self._lost: float | None = None  # since when the directory cannot be asked
        self._sealing = Sealing(cluster.secret)
        self._id = os.urandom(8).hex()
        self._balance = self._balanceOf(clients)
        self._stops: list[Callable[[], object]] = []
        self._bringing = Bringing(self._streamTo, reactor, log)
        self.login = self._bringing.login
        self.bring = self._bringing.bring
        rendezvous = OverTLS(reactor, settingsOf(config), log) if beside is None else beside.rendezvous
        self.answer = Consulting(self._proxyOf, self._streamTo, reactor).answer
        self.links = Links(
            reactor, self._id, self.name, rendezvous, log, Answering(clients).asked, Receiving(clients).came
        )

    def _balanceOf(self, clients: Callable[[], Clients]) -> Balance | None:
        above, share = self._config.rebalance / 100, self._config.rebalanceShare / 100
        return Balance(clients, self._loads, self._clock, self._log, above=above, share=share) if above else None

    async def start(self, serving: Serving) -> None:
        """
        Be one of them, once clients and users can come.

        @raise FRPError: other nodes cannot come to the place that the configuration names.
        """
        await self.links.start()
        address = self.address = self._config.advertise or self.links.address
        told = {"name": self.name, "address": address, "proof": self._sealing.seal(self._id.encode())}
        entry = Entry(("node", self._id), self._id, told)
        await self._directory.claim(entry, lambda other: None)
        self.mirrors = mirrors = Mirrors(serving, self.links, self._directory, self._sealing, self._wants, self._nameOf)
        watchers = (
            ("node", self),
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
        self._log.info("node {name} of a cluster, for other nodes at {address}", name=self.name, address=address)

    def _reaches(self, reachable: bool) -> None:
        self._lost = None if reachable else self._clock.seconds()

    @property
    def away(self) -> float | None:
        """For how many seconds the directory cannot be asked; None where it can."""
        return None if self._lost is None else self._clock.seconds() - self._lost

    def _isNamed(self, announced: Announced) -> bool:
        """Whether this node is among those that the client of a proxy has named, if it has named any."""
        nodes = announced.message.annotations.get(NODES)
        return nodes is None or bool(self._names.intersection(word.strip() for word in nodes.split(",")))

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
        ours = [key for key, other in self.others.items() if not other.stranger]
        return [self.clients.of(node) for node in (self.key, *ours)]

    # Other nodes

    def linked(self, other: Other) -> bool:
        """Whether there is a session with it."""
        return other.id in self.links.reachable

    @property
    def key(self) -> str:
        """What the directory calls this node."""
        return self._directory.node

    def held(self, entry: Entry) -> None:
        id, value = entry.key[1], entry.value
        if id == self._id:
            return
        stranger = not self._proves(id, value.get("proof"))
        other = Other(id, str(value.get("name")), str(value.get("address")), stranger)
        self.others[entry.node] = other
        if stranger:
            self._log.error(
                "node {name} at {address} shares cluster.store with this node, and has another cluster.secret: neither"
                " serves users of the other; give both the same secret, or each a store of its own",
                name=other.name,
                address=other.address,
            )
            return
        self.links.know(other.id, other.name, other.address)
        self._log.info("node {name} is there, at {address}", name=other.name, address=other.address)

    def _proves(self, id: str, proof: object) -> bool:
        """Whether a node knows the secret."""
        try:
            return self._sealing.unseal(proof) == id.encode()
        except OtherSecret:
            return False

    def gone(self, entry: Entry) -> None:
        other = self.others.pop(entry.node, None)
        if other is not None:
            # It may have lost the directory only, and serve users of ours: the session stays.
            self.links.forget(other.id)
            self._log.info("node {name} is gone", name=other.name)

    async def close(self) -> None:
        """Be none of them any more. Users of other nodes whom this one serves end with its links."""
        for stop in self._stops:
            stop()
        if self._balance is not None:
            self._balance.stop()
        if self.mirrors is not None:
            await self.mirrors.close()
        await self._directory.release(("node", self._id), self._id)

    async def cut(self) -> None:
        """End what still goes from and to other nodes."""
        await self.links.stop()
