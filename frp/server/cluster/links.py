"""
The sessions with other nodes. With each there is one, over which either asks the other for work streams of its clients;
of two nodes the one with the smaller C{node} dials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import attrs
from twisted.internet.defer import Deferred, DeferredList, execute, fail, maybeDeferred
from twisted.internet.interfaces import IListeningPort

from frp.errors import ConfigError, NoWorkStream, TunnelLost
from frp.interfaces import IReactor, IStream
from frp.logs import Log
from frp.server.cluster.dialling import Dialling
from frp.server.cluster.link import Link
from frp.server.cluster.meeting import PATIENCE, Identity, Met, meet
from frp.server.cluster.questions import Asked
from frp.server.cluster.strangers import Strangers
from frp.server.gateways import listen, portOf
from frp.session.carrier import carrierOf
from frp.session.ending import closeAll
from frp.session.greeting import handOver
from frp.sockets.addresses import endpointFor
from frp.sockets.certificates import TLSFields
from frp.sockets.eager import eager
from frp.sockets.tlsside import TLSSide, peerContext, serverContext
from frp.values import frozen
from frp.wire.address import authority, hostPort, parted

__all__ = ["Asked", "LinkSettings", "Links"]

#: Where the settings stand in the configuration.
PATH = "cluster"


@frozen
class LinkSettings:
    """
    How a node is linked to others.

    @ivar node: what this one is called in this life (L{IDirectory.node<frp.interfaces.IDirectory>}).
    @ivar name: what people call it.
    @ivar bindAddr: where it waits for others.
    @ivar bindPort: the port; any for 0.
    @ivar secret: what all nodes know, and nobody else.
    @ivar tls: our certificate, and the authority that others' must come from. All may be empty; a certificate is made
        then, and the secret alone proves who is a node.
    """

    node: str
    name: str
    bindAddr: str
    bindPort: int
    secret: str = attrs.field(repr=False)
    tls: TLSFields


class Links:
    """
    All sessions of one node.

    @ivar port: where it listens, once it has started.
    """

    def __init__(self, reactor: IReactor, settings: LinkSettings, log: Log, answer: Callable[[Asked], object]) -> None:
        """@param answer: gets what other nodes ask. Each question is answered once, now or later."""
        self.port = 0
        self._reactor = eager(reactor)
        self._settings = settings
        self._me = Identity(settings.node, settings.name, settings.secret.encode())
        self._log = log
        self._answer = answer
        self._links: dict[str, Link] = {}
        self._names: dict[str, str] = {}  # of those who were met
        self._others: dict[str, Dialling] = {}  # those who wait to be dialled
        self._ports: list[IListeningPort] = []
        self._strangers: Strangers | None = None
        self._side: TLSSide | None = None  # for dialling, from the start until the stop

    @property
    def reachable(self) -> set[str]:
        """The nodes to which a session is up."""
        return set(self._links)

    def start(self) -> Deferred[None]:
        """@return: fails with L{ConfigError}, or L{PortTaken<frp.errors.PortTaken>}; nothing is open then."""
        return execute(self._start)

    def _start(self) -> None:
        settings, clock, tls = self._settings, self._reactor, self._settings.tls
        if not settings.secret:
            raise ConfigError(f"{PATH}.secret", "nodes need a secret by which they know each other")
        if tls.trustedCaFile and not (tls.certFile and tls.keyFile):
            problem = "with trustedCaFile each node needs a certificate, for others ask it for one"
            raise ConfigError(f"{PATH}.tls.certFile", problem, hint=f"set {PATH}.tls.certFile and {PATH}.tls.keyFile")
        answering = serverContext(tls, f"{PATH}.tls")
        dialling = peerContext(tls, f"{PATH}.tls")
        strangers = Strangers(clock, self._log, lambda carrier: meet(carrier, answering, clock, self._me), self._met)
        keys = f"{PATH}.bindAddr, {PATH}.bindPort"
        port = listen(clock, settings.bindAddr, settings.bindPort, strangers, keys)
        self._ports.append(port)
        self._strangers, self._side = strangers, dialling
        self.port = portOf(port)
        self._log.info("other nodes are awaited on {where}", where=authority(settings.bindAddr, self.port))
        for other in self._others.values():
            other.start()

    def stop(self) -> Deferred[None]:
        """@return: fires when nobody listens, and all sessions have ended, with what was written on them flushed."""
        self._side = None
        for node in list(self._others):
            self.forget(node)
        closed = DeferredList([maybeDeferred(port.stopListening) for port in self._ports])
        if self._strangers is not None:
            self._strangers.close()
        return closed.addCallback(lambda _: closeAll(self._links.values(), self._reactor))

    # Other nodes

    def know(self, node: str, address: str) -> None:
        """
        There is another node, or it is elsewhere now.

        @param address: host and port, where it waits for others.
        """
        if node <= self._settings.node:
            return  # it dials
        known = self._others.get(node)
        if known is not None:
            known.address = address
            return
        other = self._others[node] = Dialling(self._reactor, self._log, address, partial(self._dial, node))
        link = self._links.get(node)
        if link is not None:
            other.keep(link)  # it was forgotten meanwhile
        elif self._side is not None:
            other.start()

    def forget(self, node: str) -> None:
        """It is gone, and not dialled any more. A session with it that is up, and whoever it carries, live on."""
        self._names.pop(node, None)
        other = self._others.pop(node, None)
        if other is not None:
            other.stop()

    def _dial(self, node: str, address: str) -> Deferred[Link]:
        side = self._side
        assert side is not None, "nobody is dialled before the start"
        try:
            host, port = parted(address)
        except ValueError as error:
            return fail(TunnelLost(str(error)))
        carrier = carrierOf(endpointFor(self._reactor, host, port, PATIENCE))
        return carrier.addCallback(meet, side, self._reactor, self._me, node).addCallback(self._met, dialled=True)

    def _met(self, met: Met, *, dialled: bool = False) -> Link:
        """Another node is there. A session with it that was up before is one of which it knows that it is lost."""
        link = Link(self._reactor, self._log, met.hello, self._answer, dialled=dialled)
        before = self._links.get(link.node)
        if before is not None:
            before.abort()
        self._links[link.node] = link
        self._names[link.node] = link.name
        link.lost.addCallback(self._lost, link)
        handOver(met.stream, link, met.rest)
        self._log.info("the link to node {name} at {peer} is up", name=link.name, peer=hostPort(link.getPeer()))
        return link

    def _lost(self, error: BaseException, link: Link) -> BaseException:
        if self._links.get(link.node) is link:
            del self._links[link.node]
        if self._side is not None:
            self._log.warn("the link to node {name} is lost: {reason}", name=link.name, reason=str(error))
        return error

    # Users

    def stream(self, node: str, ask: Mapping[str, object]) -> Deferred[IStream]:
        """
        Ask another node for something.

        @param node: that one.
        @param ask: what JSON can say, in 16 KiB.
        @return: fires with a stream, paused, when the other node has said yes; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}, with its words, or why nobody was asked or has answered. Cancel it
            to give up.
        """
        link = self._links.get(node)
        if link is None:
            return fail(NoWorkStream(f"there is no link to node {self._names.get(node, node)}"))
        return link.ask(ask)
