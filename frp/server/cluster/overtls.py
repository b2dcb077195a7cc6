"""Nodes that meet over a network: one listens, the other dials, and both prove on TLS that they know the secret."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IListeningPort

from frp.config.server import ServerConfig
from frp.errors import ConfigError, TunnelLost
from frp.interfaces import IReactor
from frp.logs import Log
from frp.server.cluster.meeting import PATIENCE, Identity, meet
from frp.server.cluster.rendezvous import Met
from frp.server.cluster.strangers import Strangers
from frp.server.gateways import listen, portOf
from frp.session.carrier import carrierOf
from frp.sockets.addresses import endpointFor
from frp.sockets.certificates import TLSFields
from frp.sockets.eager import eager
from frp.sockets.tlsside import TLSSide, peerContext, serverContext
from frp.values import frozen
from frp.wire.address import authority, parted

__all__ = ["OverTLS", "Sides", "TLSSettings", "settingsOf"]

#: Where the settings stand in the configuration.
PATH = "cluster"


@frozen
class TLSSettings:
    """
    Where a node waits for others, and what proves that they are nodes.

    @ivar bindAddr: where it waits for others.
    @ivar bindPort: the port; any for 0.
    @ivar secret: what all nodes know, and nobody else.
    @ivar tls: our certificate, and the authority that others' must come from. All may be empty; a certificate is made
        then, and the secret alone proves who is a node.
    """

    bindAddr: str
    bindPort: int
    secret: str = attrs.field(repr=False)
    tls: TLSFields


def settingsOf(config: ServerConfig) -> TLSSettings:
    """@return: what the configuration of a node says of it."""
    cluster = config.cluster
    return TLSSettings(cluster.bindAddr or config.bindAddr, cluster.bindPort, cluster.secret, cluster.tls)


@frozen(eq=False)
class Sides:
    """
    Both sides of TLS, for of two nodes one dials.

    @ivar dials: that of who dials; @ivar answers: that of who is dialled.
    """

    dials: TLSSide
    answers: TLSSide

    @classmethod
    def of(cls, tls: TLSFields) -> Sides:
        """
        @param tls: what stands in the configuration.
        @raise ConfigError: a file cannot be read or used, or is missing.
        """
        path = f"{PATH}.tls"
        if tls.trustedCaFile and not (tls.certFile and tls.keyFile):
            problem = "with trustedCaFile each node needs a certificate, for others ask it for one"
            raise ConfigError(f"{path}.certFile", problem, hint=f"set {path}.certFile and {path}.keyFile")
        return cls(peerContext(tls, path), serverContext(tls, path))

    def become(self, other: Sides) -> None:
        """As L{TLSSide.become<frp.sockets.tlsside.TLSSide.become>}."""
        self.dials.become(other.dials)
        self.answers.become(other.answers)


class OverTLS:
    """
    The L{Rendezvous<frp.server.cluster.rendezvous.Rendezvous>} of nodes on different machines. An address is a host
    and a port.

    @ivar port: where it listens, once it is open.
    """

    def __init__(self, reactor: IReactor, settings: TLSSettings, log: Log) -> None:
        self.port = 0
        self._reactor = eager(reactor)
        self._settings = settings
        self._log = log
        self._listening: IListeningPort | None = None
        self._strangers: Strangers | None = None
        self._known: tuple[Sides, Identity] | None = None  # how others know us, while it is open

    def open(self, node: str, name: str, met: Callable[[Met], object]) -> str:
        """@raise FRPError: L{ConfigError}, or L{PortTaken<frp.errors.PortTaken>}."""
        settings, clock = self._settings, self._reactor
        if not settings.secret:
            raise ConfigError(f"{PATH}.secret", "nodes need a secret by which they know each other")
        me = Identity(node, name, settings.secret.encode())
        sides = Sides.of(settings.tls)
        strangers = Strangers(clock, self._log, lambda carrier: meet(carrier, sides.answers, clock, me), met)
        keys = f"{PATH}.bindAddr, {PATH}.bindPort"
        self._listening = listen(clock, settings.bindAddr, settings.bindPort, strangers, keys)
        self._strangers, self._known = strangers, (sides, me)
        self.port = portOf(self._listening)
        where = authority(settings.bindAddr, self.port)
        self._log.info("other nodes are awaited on {where}", where=where)
        return where

    def dial(self, node: str, address: str) -> Deferred[Met]:
        assert self._known is not None, "it is open"
        sides, me = self._known
        try:
            host, port = parted(address)
        except ValueError as error:
            return fail(TunnelLost(str(error)))
        carrier = carrierOf(endpointFor(self._reactor, host, port, PATIENCE))
        return carrier.addCallback(meet, sides.dials, self._reactor, me, node)

    def renewal(self, tls: TLSFields) -> Callable[[], None] | None:
        if self._known is None or not (tls.certFile or tls.trustedCaFile):
            return None
        sides, _ = self._known
        return partial(sides.become, Sides.of(tls))

    def close(self) -> Deferred[object]:
        self._known = None
        if self._strangers is not None:
            self._strangers.close()
        listening, self._listening = self._listening, None
        return succeed(None) if listening is None else maybeDeferred(listening.stopListening)
