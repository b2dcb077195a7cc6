"""C{type = "xtcp"}: a local service for visitors that reach it without the server between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.common import NATTraversalConfig
from frp.config.schema import key, table
from frp.errors import FRPError, RemoteWireError
from frp.interfaces import (
    IClientMessageSite,
    IClientProxy,
    IClientSite,
    ICorrespondingKind,
    IProxyKind,
    IServerMessageSite,
    IServerProxy,
    IServerSite,
    ISession,
    IStream,
)
from frp.proxies.local import LocalService
from frp.proxies.stcp import Secret, SecretConfig
from frp.session.deadline import Later
from frp.session.greeting import handOver
from frp.wire.address import authority
from frp.wire.messages import (
    Message,
    NatHoleClient,
    NatHoleReport,
    NatHoleSid,
    NatHoleVisitor,
    NewProxy,
    StartWorkConn,
)

if TYPE_CHECKING:
    from frp.gateways.nathole import Host, Meetings

__all__ = ["XTCP", "XTCPConfig"]

#: How many visitors a proxy may be about to meet at a time, and how many may be there.
MAX_DIGGING = 32
MAX_TUNNELS = 1024

#: Seconds for the server's word on a visitor.
_WORD = 10


@table
class XTCPConfig(SecretConfig):
    """A local service for visitors that reach it without the server between them."""

    natTraversal: NATTraversalConfig = key(NATTraversalConfig, "What is told to make a hole.")


@implementer(IServerProxy)
class _Hosted:
    """frps' half: visitors are told to its client."""

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        self._message = message
        self._site = site
        self._host: Host | None = None

    def open(self) -> str:
        from frp.gateways.nathole import Host

        message, site = self._message, self._site
        users = frozenset(message.allow_users) or {site.user}
        host = Host(message.proxy_name, message.sk.encode(), users, self._invite, site.log)
        meetings: Meetings = site.gateway("nathole")
        meetings.host(host)
        self._host = host
        return ""

    def _invite(self, sid: str) -> Deferred[None]:
        return self._site.workStream(None, None).addCallback(self._invited, sid)

    def _invited(self, stream: IStream, sid: str) -> None:
        stream.write(self._site.dialect.encode(NatHoleSid(sid=sid)))
        handOver(stream, _Told())
        stream.loseConnection()

    def close(self) -> None:
        host, self._host = self._host, None
        if host is not None:
            self._site.gateway("nathole").leave(host)


class _Told(Protocol):
    """Nothing more is to be said."""


class _Word(Protocol):
    """A work stream that says which meeting is meant, and nothing else."""

    transport: IStream

    def __init__(self, site: IClientSite, heard: Callable[[NatHoleSid], object]) -> None:
        self._site = site
        self._reader = site.dialect.reader()
        self._heard = heard
        self._timer = Later(site.clock)

    def connectionMade(self) -> None:
        self._timer.set(_WORD, self.transport.abortConnection)

    def dataReceived(self, data: bytes) -> None:
        try:
            self._reader.receive(data)
            message = self._reader.nextAs(NatHoleSid)
        except RemoteWireError as error:
            self._site.log.error("xtcp read from workConn error: {reason}", reason=error.detail)
            self.transport.abortConnection()
            return
        if message is not None:
            self.transport.loseConnection()
            self._heard(message)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._timer.stop()


class _Visited(Protocol):
    """A stream of a visitor."""

    transport: IStream

    def __init__(self, serve: Callable[[IStream], object]) -> None:
        self._serve = serve

    def connectionMade(self) -> None:
        self.transport.pauseProducing()
        self.transport.widen()
        self._serve(self.transport)


@implementer(IClientProxy)
class _Host:
    """frpc's half: it meets visitors, and serves those who have come."""

    def __init__(self, config: XTCPConfig, site: IClientSite) -> None:
        self._config = config
        self._site = site
        self._service = LocalService(config, site)
        self._diggings: set[Deferred[None]] = set()
        self._tunnels: dict[ISession, None] = {}
        self._closed = False

    def open(self) -> None:
        self._closed = False
        self._service.open()
        self._site.part("nathole").prepare()

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        handOver(stream, _Word(self._site, partial(self._meet, start)), rest)

    def _meet(self, start: StartWorkConn, message: NatHoleSid) -> None:
        if self._closed or len(self._diggings) >= MAX_DIGGING or len(self._tunnels) >= MAX_TUNNELS:
            self._site.log.warn("a visitor is not met: there are too many", sid=message.sid)
            return
        digging = Deferred.fromCoroutine(self._dig(start, message.sid))
        self._diggings.add(digging)
        digging.addErrback(self._failed).addBoth(lambda _: self._diggings.discard(digging))

    async def _dig(self, start: StartWorkConn, sid: str) -> None:
        site, secret = self._site, self._config.secretKey
        holes = site.part("nathole")
        digging = await holes.dig(site.log, assisted=not self._config.natTraversal.disableAssistedAddrs)
        message = NatHoleClient(transaction_id=sid, proxy_name=start.proxy_name, sid=sid)
        try:
            answer, hole = await digging.punch(site, message, secret)
        except FRPError:
            site.tell(NatHoleReport(sid=sid, success=False))
            raise
        site.log.info(
            "establishing nat hole connection successful, sid [{sid}], remoteAddr [{peer}]",
            sid=sid,
            peer=authority(*hole.peer),
        )
        site.tell(NatHoleReport(sid=sid, success=True))
        service = self._service.by(site.keyed(secret, halfClose=hole.halfClose))
        accept = Factory.forProtocol(partial(_Visited, lambda stream: service.serve(stream, start, b"")))
        accept.noisy = False
        self._came(await holes.serve(hole, answer.protocol, accept, site.log))

    def _came(self, session: ISession) -> None:
        self._tunnels[session] = None
        session.lost.addCallback(self._left, session)
        if self._closed:
            session.close()

    def _left(self, error: BaseException, session: ISession) -> BaseException:
        del self._tunnels[session]
        self._site.log.info("the visitor has left: {reason}", reason=str(error))
        return error

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, FRPError):
            self._site.log.warn("make hole error: {reason}", reason=failure.value.detail)
        elif not failure.check(CancelledError):
            self._site.log.failure("make hole error", failure)

    def close(self) -> None:
        """Visitors leave, as with the reference: what they use is not the server's to let live on."""
        self._closed = True
        for digging in list(self._diggings):
            digging.cancel()
        for session in list(self._tunnels):
            session.close()
        self._service.close()


@implementer(IProxyKind, ICorrespondingKind)
class XTCP(Secret):
    schema = XTCPConfig
    examples = (
        """
name = "p2p-ssh"
type = "xtcp"
secretKey = "change me"
localPort = 22
""",
        """
name = "p2p-ssh"
type = "xtcp"
secretKey = "change me"
allowUsers = ["ann", "bob"]
localPort = 22
natTraversal.disableAssistedAddrs = true
""",
    )

    clientProxy = _Host

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Hosted(message, site)

    def serverAnswers(self, site: IServerMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        meetings: Meetings = site.gateway("nathole")
        return {
            NatHoleVisitor: lambda message: meetings.visit(message, site),
            NatHoleClient: lambda message: meetings.join(message, site),
            NatHoleReport: meetings.report,
        }

    def clientAnswers(self, site: IClientMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        """All that frps says is an answer."""
        return {}
