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
from twisted.internet.interfaces import IAddress, IDelayedCall, IListeningPort, IProtocol, IReactorTime
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.kindtables import tableOf
from frp.config.server import ServerConfig
from frp.config.unserved import unservedByServer
from frp.errors import FRPError, PluginError, PortTaken, RemoteWireError, Unavailable
from frp.hooks.chain import Hooks, configured
from frp.interfaces import (
    IAuthenticationSite,
    IAuthenticator,
    IAuthenticatorKind,
    IServerHookSite,
    IStream,
    ITunnelTransport,
)
from frp.logs import Log
from frp.plugin import Registry
from frp.server.clients import Clients
from frp.server.gateways import Gateways, GatewaySite
from frp.server.shared import Shared
from frp.session.address import hostPort
from frp.session.ending import closeAll
from frp.session.flowing import Flowing
from frp.session.greeting import Greeting, hasEnded
from frp.session.muxed import MuxedSession
from frp.transports.carrier import Carriers
from frp.transports.certificates import serverContext
from frp.transports.eager import setKeepalive
from frp.transports.port import SharedPort, bindFault
from frp.transports.sites import ListenSite
from frp.wire.messages import Message

__all__ = ["FRPServer"]

#: How many streams of one session may be without a first message, or with one that is being judged.
MAX_GREETINGS = 256

#: How many more where a client has logged in: hooks may be slow, and all of its users come this way.
MAX_ASKING = 4096

#: How many streams of a session may be refused before one of them has proven who is there.
MAX_REFUSALS = 20

#: Characters of an error that a client is told, so that the answer fits in a message however they are written in JSON.
MAX_TOLD = 500

#: Seconds within which a session must bring a proof. A peer that only answers pings would stay for ever.
FIRST_PROOF = 30


class _Streams(Factory):
    """
    Answers logical connections: of one session, or all that come without one.

    @ivar proven: whether any of them was a client's. Nothing is held against a session after that: a client whose pool
        is full is refused many.
    @ivar asking: how many of them are being judged.
    @ivar session: whose they are; None for those that come without one.
    """

    noisy = False

    def __init__(self, server: FRPServer, limit: int) -> None:
        self.proven = False
        self.asking = 0
        self.session: MuxedSession | None = None
        self._refusals = 0
        self._server = server
        self._room = limit

    def buildProtocol(self, addr: IAddress | None) -> Greeting | None:
        if self._room <= 0:
            return None
        self._room -= 1
        return Greeting(self._received, self._failed, clock=self._server.reactor)

    def _received(self, message: Message, stream: IStream, rest: bytes) -> None:
        self.asking += 1
        self._server.clients.arrived(message, stream, rest).addBoth(self._judged, stream)

    def _judged(self, _: object, stream: IStream) -> None:
        self.asking -= 1
        self._room += 1
        if hasEnded(stream):
            self._refused()
        elif not self.proven:
            self.proven = True
            self._room += MAX_ASKING

    def _refused(self) -> None:
        """Each refusal costs a line in the log; who proves nothing has only so many."""
        self._refusals += 1
        if self._refusals >= MAX_REFUSALS and self.session is not None and not self.proven:
            self.session.breach(
                RemoteWireError(
                    "too many refused streams", f"{self._refusals} of its streams were refused, and none was a client's"
                )
            )

    def _failed(self, error: FRPError, stream: IStream) -> None:
        self._room += 1
        if error.__cause__ is not None:
            return  # the whole session has ended, and has its own line
        self._server.log.info(
            "a connection from {peer} is closed: {reason}", peer=hostPort(stream.getPeer()), reason=error.detail
        )
        self._refused()


@implementer(IAuthenticationSite, IServerHookSite)
class FRPServer(Service):
    """
    Listens for clients, and opens what their proxies ask for.

    @ivar started: fires when clients can come; fails with what kept the server from it.
    @ivar hooks: who is asked before something is done.
    @ivar clients: who is online.
    @ivar gateways: the doors that proxies share.
    @ivar shared: what clients share.
    @ivar flowing: the users that are being served.
    """

    authenticator: IAuthenticator

    def __init__(self, reactor: Any, config: ServerConfig, registry: Registry) -> None:
        """
        @param reactor: best an L{eager<frp.transports.eager.eager>} one.
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
        self.gateways = Gateways()
        self._ports: list[IListeningPort] = []
        self._starting: Deferred[None] | None = None
        self._stopping: Deferred[None] | None = None
        self._sessions: dict[MuxedSession, IDelayedCall] = {}  # and when it must have proven itself

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
        streams = _Streams(self, limit=1 << 20)
        site = ListenSite(
            reactor=self.reactor,
            config=config,
            shared=shared,
            carriers=Carriers(self.reactor, config, side, self._carried, self.log),
            streams=streams,
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
        for name in unservedByServer(config):
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

    def _carried(self, carrier: IStream) -> IProtocol:
        """What answers on a carrier whose TLS is done: streams in a session, or one stream."""
        transport = self.config.transport
        raw = getattr(carrier, "transport", carrier)
        setKeepalive(raw, transport.tcpKeepalive)
        if not transport.tcpMux:
            greeting = _Streams(self, 1).buildProtocol(None)
            assert greeting is not None
            return greeting
        streams = _Streams(self, MAX_GREETINGS)
        session = MuxedSession(
            self.reactor,
            self.log,
            client=False,
            accept=streams,
            keepalive=transport.tcpMuxKeepaliveInterval,
        )
        streams.session = session
        self._await(session, streams)
        session.lost.addCallback(self._sessionLost, session)
        return session

    def _await(self, session: MuxedSession, streams: _Streams) -> None:
        self._sessions[session] = self.reactor.callLater(FIRST_PROOF, self._look, session, streams)

    def _look(self, session: MuxedSession, streams: _Streams) -> None:
        """A session has had its time for a proof. Where one is being looked at, it is we who take long."""
        if streams.asking and not streams.proven:
            self._await(session, streams)
        elif not streams.proven:
            self.log.info(
                "the session with {peer} is closed: no client logged in on it within {seconds} s",
                peer=hostPort(session.getPeer()),
                seconds=FIRST_PROOF,
            )
            session.abort()

    def _sessionLost(self, error: BaseException, session: MuxedSession) -> None:
        timer = self._sessions.pop(session)
        if timer.active():
            timer.cancel()
        say = self.log.warn if isinstance(error, RemoteWireError) else self.log.debug
        say("the session with {peer} has ended: {reason}", peer=hostPort(session.getPeer()), reason=str(error))

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
        await closeAll(self._sessions, self.clock)
        await self.flowing.cut(self.clock)
        await self.hooks.close()  # last, for they are told of every end
