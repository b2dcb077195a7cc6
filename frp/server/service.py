"""
frps, as a service.
"""

from __future__ import annotations

from typing import Any

import attrs
from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocol, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.kindtables import tableOf
from frp.config.server import ServerConfig
from frp.config.unserved import unserved
from frp.errors import FRPError, PluginError, PortTaken, Unavailable
from frp.hooks.chain import Hooks, configured
from frp.interfaces import (
    IAuthenticationSite,
    IAuthenticator,
    IAuthenticatorKind,
    IServerHookSite,
    IStream,
    ITunnelTransport,
)
from frp.interfaces.flowing import Flowing
from frp.kinds import Registry
from frp.logs import Log
from frp.server.arrivals import Arrivals
from frp.server.clients import Clients
from frp.server.gateways import Gateways, GatewaySite
from frp.server.shared import Shared
from frp.session.muxed import MuxedSession
from frp.sockets.certificates import serverContext
from frp.transports.carrier import Carriers
from frp.transports.port import SharedPort, bindFault
from frp.transports.sites import ListenSite

__all__ = ["FRPServer"]

#: Characters of an error that a client is told, so that the answer fits in a message however they are written in JSON.
MAX_TOLD = 500


@implementer(IAuthenticationSite, IServerHookSite)
class FRPServer(Service):
    """
    Listens for clients, and opens what their proxies ask for.

    @ivar started: fires when clients can come; fails with what kept the server from it.
    @ivar hooks: who is asked before something is done.
    @ivar arrivals: who has not proven yet who it is.
    @ivar clients: who is online.
    @ivar gateways: the doors that proxies share.
    @ivar shared: what clients share.
    @ivar flowing: the users that are being served.
    """

    authenticator: IAuthenticator

    def __init__(self, reactor: Any, config: ServerConfig, registry: Registry) -> None:
        """
        @param reactor: best an L{eager<frp.sockets.eager.eager>} one.
        @param registry: where proxy types, transports and authenticators are found.
        """
        self.reactor = reactor
        self.clock: IReactorTime = reactor
        self.config = config
        self.registry = registry
        self.log = Log("frp.server")
        self.started: Deferred[None] = Deferred()
        self.shared = Shared(reactor, config)
        self.flowing = Flowing()
        self.hooks = Hooks((), reactor, self.log)
        self.clients = Clients(self)
        self.arrivals = Arrivals(self.clock, self.log, self.clients.arrived)
        self.gateways = Gateways()
        self._ports: list[IListeningPort] = []
        self._starting: Deferred[None] | None = None
        self._stopping: Deferred[None] | None = None

    def startService(self) -> None:
        """
        As L{IService.startService<twisted.application.service.IService.startService>}; L{started} tells how it went.
        """
        Service.startService(self)
        self._starting = Deferred.fromCoroutine(self._start())
        self._starting.addErrback(self._notStarted).chainDeferred(self.started)

    def _notStarted(self, failure: Failure) -> Failure:
        """Whoever was stopped before it had started has nothing wrong with it."""
        return Failure(Unavailable("stopped before it had started")) if failure.check(CancelledError) else failure

    async def _start(self) -> None:
        config = self.config
        made = self.registry.make(IAuthenticatorKind, config.auth.method, "server", config.auth, self)
        self.authenticator = await made if isinstance(made, Deferred) else made
        self.hooks = configured(config, self.registry, self)
        side = serverContext(config.transport.tls)
        shared = SharedPort(self.reactor, self.log)
        site = ListenSite(
            reactor=self.reactor,
            config=config,
            shared=shared,
            carriers=Carriers(self.reactor, config, side, self._carried, self.log),
            streams=self.arrivals.streams,
            admit=self.arrivals.admit,
            tls=side,
            opened=self._ports.append,
            log=self.log,
        )
        for contribution in self.registry.contributions(ITunnelTransport):
            try:
                kind = self.registry.get(ITunnelTransport, contribution.name)
                table = tableOf(config.transport, contribution.name, self.registry)
                kind.listen(attrs.evolve(site, table=table))
            except PluginError as error:
                self.log.error("clients cannot come by {name}: {reason}", name=contribution.name, reason=error.detail)
        gateways = GatewaySite(
            reactor=self.reactor,
            config=config,
            shared=shared,
            flowing=self.flowing,
            opened=self._ports.append,
            log=self.log,
        )
        self.gateways.open(self.registry, gateways)
        for name in unserved(config):
            self.log.warn("{key} is set, and nothing in this version acts on it", key=name)
        self._ports.append(self._listen(shared))
        self.log.info("frps tcp listen on {host}:{port}", host=config.bindAddr, port=self.port)
        self.log.info("frps started successfully")

    def _listen(self, shared: SharedPort) -> IListeningPort:
        config = self.config
        try:
            listening: IListeningPort = self.reactor.listenTCP(config.bindPort, shared, 1024, config.bindAddr)
            return listening
        except CannotListenError as error:
            where = f"{config.bindAddr}:{config.bindPort}"
            brief = f"create server listener error, listen tcp {where}: bind: {bindFault(error)}"
            raise PortTaken(brief, f"{brief}: another program may listen there (bindAddr, bindPort)") from error

    @property
    def port(self) -> int:
        """The port on which clients are awaited, once the server has started."""
        host = self._ports[-1].getHost()
        assert isinstance(host, IPv4Address | IPv6Address)
        return host.port

    def _carried(self, carrier: IStream) -> IProtocol | None:
        """What answers on a carrier whose TLS is done: streams in a session, or one stream."""
        transport = self.config.transport
        carrier.keepAlive(transport.tcpKeepalive)
        if not transport.tcpMux:
            return self.arrivals.streams.buildProtocol(carrier.getPeer())
        session = MuxedSession(self.clock, self.log, client=False, keepalive=transport.tcpMuxKeepaliveInterval)
        session.accept = self.arrivals.admit(session)
        return session

    def tell(self, error: FRPError, summary: str) -> str:
        """
        @return: what a client is told of an error: all that is meant for it, or only C{summary}
            (C{detailedErrorsToClient = false}). Cut where it would be too long for a message.
        """
        text = error.brief if self.config.detailedErrorsToClient else summary
        return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}..."

    def stopService(self) -> Deferred[Any]:
        """
        Stop: take nobody any more, let users finish for C{gracePeriod} seconds, then end every client.

        @return: fires when nothing is open. Asked again, it waits for the same.
        """
        if self._stopping is None:
            Service.stopService(self)
            self._stopping = Deferred.fromCoroutine(self._stop())
        stopped: Deferred[None] = Deferred()
        self._stopping.addCallbacks(stopped.callback, stopped.errback)
        return stopped

    async def _stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
        ports, self._ports = self._ports, []
        await DeferredList([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)
        await self.clients.refuse()
        await self.flowing.drain(self.reactor, self.config.gracePeriod)
        await self.gateways.close()
        await self.clients.close()
        if hasattr(self, "authenticator"):  # it came that far
            self.authenticator.close()
        await self.arrivals.close()
        await self.flowing.cut(self.clock)
        await self.hooks.close()  # last, for they are told of every end
