"""What frpc gives to a visitor: ports of this machine, and connections to the proxy that it visits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredList, fail, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import DatagramProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.parts import Prepared
from frp.client.session import ClientSession
from frp.client.sessions import Sessions
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError, PortTaken, Refused, TunnelLost, Unavailable
from frp.interfaces import ICorrespondence, IReactor, IStream, IVisitorPluginSite, IVisitorSite, Lead
from frp.joining.coded import CodedStream
from frp.joining.served import Served
from frp.joining.splice import splice
from frp.joining.traffic import Traffic
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.session.correspondence import Corresponding
from frp.session.greeting import Greeting, Heard, Once
from frp.session.refused import explained
from frp.sockets.taken import bindFault
from frp.values import frozen
from frp.wire.address import authority
from frp.wire.keys import privilegeKey
from frp.wire.messages import Message, NewVisitorConn, NewVisitorConnResp

__all__ = ["ANSWER", "VisitorPluginSite", "VisitorSite"]

M = TypeVar("M", bound=Message)
T = TypeVar("T")

#: Seconds for the server's answer.
ANSWER = 10


@implementer(IVisitorSite)
class VisitorSite(Corresponding):
    """
    One visitor's view of its client. It outlives the sessions of the client.

    @ivar traffic: what its users bring and get; None where nobody looks.
    """

    def __init__(
        self,
        prepared: Prepared,
        sessions: Sessions,
        config: VisitorConfig,
        other: Callable[[str], IStreamClientEndpoint],
    ) -> None:
        """@param other: gives what leads to where another visitor of this client leads."""
        self.clock = self._reactor = prepared.reactor
        self.log = prepared.log.about(visitor=config.name)
        self.datagramSize: int = prepared.config.udpPacketSize
        self.dialect = prepared.dialect
        self.other = other
        self.part = prepared.parts.find
        self.traffic = None if prepared.traffic is None else Traffic()
        self._flowing = prepared.flowing
        self._sessions = sessions
        self._config = config
        user = config.serverUser or prepared.config.user
        self.target = f"{user}.{config.serverName}" if user else config.serverName
        self._lead = self._visit
        self._secret = config.secretKey.encode()
        self._ports: list[IListeningPort] = []

    @property
    def messages(self) -> ICorrespondence:  # type: ignore[override] # elsewhere it is a value
        """Those of the session that there is."""
        session = self._sessions.current
        return NOBODY if session is None else session.messages

    def forPlugin(self) -> VisitorPluginSite:
        return VisitorPluginSite(self._reactor, self.log, self._config.name, self.part, self.connect)

    # The visited proxy

    def anywhere(self, ask: Callable[[ICorrespondence], Deferred[T]]) -> Deferred[T]:
        return self._sessions.anywhere(ask)

    def through(self, lead: Callable[[], Deferred[Lead]]) -> None:
        self._lead = lead

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:

        def led(lead: Lead) -> IProtocol:
            stream = lead.stream
            protocol = factory.buildProtocol(stream.getPeer())
            if protocol is None:
                stream.abortConnection()
                raise TunnelLost("nobody answers the connection to the visited proxy")
            ending = Served(stream, self.clock, self.log, lead.flowing or self._flowing, self.traffic)
            stream.pauseProducing()
            CodedStream(stream, self._treatment(lead), clock=self.clock, log=self.log, ending=ending).begin(protocol)
            return protocol

        return self._lead().addCallback(led)

    def join(self, user: IStream) -> None:
        served = Served(user, self.clock, self.log, self._flowing, self.traffic)
        user.pauseProducing()
        self._lead().addCallbacks(
            self._joined, self._notJoined, callbackArgs=(user, served), errbackArgs=(user, served)
        )

    def _joined(self, lead: Lead, user: IStream, served: Served) -> None:
        if lead.flowing is not None:
            served.moved(lead.flowing)
        splice(user, lead.stream, self._treatment(lead), clock=self.clock, log=self.log, ending=served)

    def _notJoined(self, failure: Failure, user: IStream, served: Served) -> None:
        served.ended("no visit")
        user.loseConnection()
        if isinstance(failure.value, FRPError):
            self.log.warn("the visited proxy cannot be reached: {reason}", reason=failure.value.detail)
        else:
            self.log.failure("the visited proxy cannot be reached", failure)

    def _treatment(self, lead: Lead) -> Treatment:
        transport = self._config.transport
        return Treatment.keyed(
            self._secret,
            lead.coded and transport.useEncryption,
            lead.coded and transport.useCompression,
            halfClose=lead.halfClose,
        )

    def _visit(self) -> Deferred[Lead]:
        """
        @return: fires with a stream that leads to the visited proxy by a server, paused; where there is no session,
            the next one is waited for.
        """
        return self._sessions.next().addCallback(lambda _: self._sessions.anywhere(self._ask)).addCallback(_Visit.lead)

    def _ask(self, session: ClientSession) -> Deferred[_Visit]:
        """@return: fires with a stream that leads to the visited proxy, paused."""
        transport = self._config.transport
        now = int(self.clock.seconds())
        message = NewVisitorConn(
            run_id=session.runId,
            proxy_name=self.target,
            sign_key=privilegeKey(self._secret, now),
            timestamp=now,
            use_encryption=transport.useEncryption,
            use_compression=transport.useCompression,
        )
        visit = _Visit(message, session, self.clock)
        session.connect(Once(visit)).addErrback(visit.fail)
        return visit.answered

    # Ports

    def listen(self, host: str, port: int, factory: IProtocolFactory) -> None:
        self._open("tcp", host, port, lambda: self._reactor.listenTCP(port, factory, 1024, host))

    def bind(self, host: str, port: int, protocol: DatagramProtocol) -> None:
        size = self.datagramSize + 1
        self._open("udp", host, port, lambda: self._reactor.listenUDP(port, protocol, host, size))

    def _open(self, network: str, host: str, port: int, listen: Callable[[], IListeningPort]) -> None:
        where = authority(host, port)
        if not 0 < port < 65536:
            raise PortTaken(f"listen {network}: address {port}: invalid port")
        try:
            self._ports.append(listen())
        except CannotListenError as error:
            raise PortTaken(f"listen {network} {where}: bind: {bindFault(error)}") from error

    def release(self) -> Deferred[None]:
        ports, self._ports = self._ports, []
        stopping = DeferredList([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)
        return stopping.addCallback(lambda _: None)


@implementer(IVisitorPluginSite)
@frozen(eq=False)
class VisitorPluginSite:
    """
    The view of one visitor's plugin.

    @ivar connect: opens a connection to the visited proxy, by the visitor's own way.
    """

    reactor: IReactor
    log: Log
    name: str
    part: Callable[[str], Any]
    connect: Callable[[IProtocolFactory], Deferred[IProtocol]]

    @property
    def clock(self) -> IReactorTime:
        return self.reactor


class _Visit(Greeting):
    """
    One stream to the visited proxy, until the server has let us in.

    @ivar answered: fires with this when it has: the stream is paused, C{rest} came behind the answer.
    @ivar session: that of the stream.
    """

    def __init__(self, hello: NewVisitorConn, session: ClientSession, clock: IReactorTime) -> None:
        opening = session.dialect.opening(opener=True)
        super().__init__(
            self._answer,
            self._lostEarly,
            dialect=session.dialect,
            opening=opening,
            expected=NewVisitorConnResp,
            clock=clock,
            timeout=ANSWER,
        )
        self.answered: Deferred[_Visit] = Deferred(lambda _: self._cancel())
        self.session = session
        self.rest = b""
        self._hello = opening.first(hello)
        self._abandoned = False

    def connectionMade(self) -> None:
        if self._abandoned:
            self.transport.abortConnection()
            return
        super().connectionMade()
        self.transport.write(self._hello)

    def _answer(self, response: NewVisitorConnResp, heard: Heard) -> None:
        if response.error:
            heard.stream.abortConnection()
            brief = f"start new visitor connection error: {response.error}"
            self.fail(Failure(Refused(brief, explained(brief))))
        elif not self.answered.called:
            self.rest = heard.rest
            self.answered.callback(self)

    def _lostEarly(self, error: FRPError, stream: IStream) -> None:
        detail = f"read newVisitorConnRespMsg error: {error.detail}"
        self.fail(Failure(TunnelLost("the server did not answer the visitor", detail)))

    def lead(self) -> Lead:
        """The way is free."""
        self.transport.unread(self.rest)
        return Lead(self.transport, self.session.halfClose, flowing=self.session.flowing)

    def fail(self, failure: Failure) -> None:
        if not self.answered.called:
            self.answered.errback(failure)

    def _cancel(self) -> None:
        self._abandoned = True
        if self.transport is not None:
            self.transport.abortConnection()


@implementer(ICorrespondence)
class _Nobody:
    def tell(self, message: Message) -> None:
        """Nobody hears it."""

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        return fail(Unavailable("not connected to the server"))


NOBODY = _Nobody()
