"""Both services and their users on real sockets, in this process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SkipTest, TestCase
from zope.interface import implementer

from frp import logs
from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.config.serverfile import serverFromValues
from frp.kinds import Registry
from frp.server.service import FRPServer
from frp.sockets.addresses import endpointFor
from frp.sockets.datagram import UDPPort
from frp.sockets.eager import eager

__all__ = ["Lines", "LiveTestCase", "Peer", "freePort", "needIPv6"]

REGISTRY = Registry()


def freePort() -> int:
    """A TCP port that was free just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def needIPv6() -> None:
    """@raise SkipTest: this machine has no address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as found:
            found.bind(("::1", 0))
    except OSError as error:
        raise SkipTest(f"this machine has no IPv6: {error}") from None


class Lines:
    """
    What was logged, and who waits for more of it.

    @ivar text: all of it.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.text = ""
        self._clock = clock
        self._waiting: list[tuple[str, int, Deferred[str]]] = []

    def add(self, text: str) -> None:
        """Something more was logged."""
        self.text += text
        for waiting in list(self._waiting):
            self._look(waiting)

    def wait(self, text: str, times: int = 1) -> Deferred[str]:
        """@return: fires with everything until now when this text has come so many times."""
        found: Deferred[str] = Deferred()
        waiting = (text, times, found)
        self._waiting.append(waiting)
        self._look(waiting)
        return found

    def _look(self, waiting: tuple[str, int, Deferred[str]]) -> None:
        text, times, found = waiting
        if self.text.count(text) >= times:
            self._waiting.remove(waiting)
            # Not within the call that logs: who logs is in the middle of something.
            self._clock.callLater(0, found.callback, self.text)


@implementer(IHalfCloseableProtocol)
class Peer(Protocol):
    """
    One side of a connection: a user or a service.

    @ivar received: every byte.
    @ivar ended: fires when the other side sends no more, in order or not.
    @ivar lost: fires when all is over.
    """

    transport: Any

    def __init__(self, greeting: bytes = b"", answer: Callable[[bytes], bytes] | None = None) -> None:
        """
        @param greeting: is sent at once.
        @param answer: gets all that was received once it has ended, and gives what is sent then; the connection is
            closed behind it.
        """
        self.pieces: list[bytes] = []
        self.ended: Deferred[None] = Deferred()
        self.lost: Deferred[None] = Deferred()
        self._greeting = greeting
        self._answer = answer
        self._waiting: list[tuple[int, Deferred[bytes]]] = []
        self._size = 0

    @property
    def received(self) -> bytes:
        return b"".join(self.pieces)

    def hear(self, size: int) -> Deferred[bytes]:
        """@return: fires when so many bytes have come."""
        heard: Deferred[bytes] = Deferred()
        self._waiting.append((size, heard))
        self._look()
        return heard

    def _look(self) -> None:
        for size, heard in [each for each in self._waiting if each[0] <= self._size]:
            self._waiting.remove((size, heard))
            heard.callback(self.received)

    def connectionMade(self) -> None:
        if self._greeting:
            self.transport.write(self._greeting)

    def dataReceived(self, data: bytes) -> None:
        self.pieces.append(data)
        self._size += len(data)
        self._look()

    def readConnectionLost(self) -> None:
        if not self.ended.called:
            if self._answer is not None:
                self.transport.write(self._answer(self.received))
                self.transport.loseConnection()
            self.ended.callback(None)

    def writeConnectionLost(self) -> None:
        pass

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self.ended.called:
            self.ended.callback(None)
        lost, self.lost = self.lost, Deferred()
        lost.callback(None)


class _Peers(Factory):
    noisy = False

    def __init__(self, make: Callable[[], Peer]) -> None:
        self._make = make

    def buildProtocol(self, addr: object) -> Peer:
        return self._make()


class LiveTestCase(TestCase):
    """
    Has the reactor that runs the tests, and what starts on it; all of it stops with the test.

    @cvar bound: where frps listens.
    @cvar host: where clients and users find it.
    @cvar registry: what is installed.
    @ivar reactor: that of the tests, as the programs make it theirs.
    @ivar lines: what the services in this process log.
    """

    timeout = 30
    bound = host = "127.0.0.1"
    registry = REGISTRY

    def setUp(self) -> None:
        if ":" in self.host:
            needIPv6()
        from twisted.internet import reactor  # not before there is a test: whoever imports this may choose one

        self.reactor: Any = eager(reactor)
        self.addCleanup(lambda: Deferred.fromCoroutine(self._farewells()))  # the last of all
        self.lines = Lines(self.reactor)
        observer = logs.Observer(lambda line, when: self.lines.add(line.decode()))
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    async def _farewells(self) -> None:
        """What goes by datagrams says goodbye when its service has stopped."""
        for _ in range(500):
            if not any(isinstance(port, UDPPort) for port in self.reactor.getReaders()):
                return
            await deferLater(self.reactor, 0.01)

    async def server(self, **values: Any) -> FRPServer:
        """Start frps; it stops with the test."""
        values = {"bindAddr": self.bound, "bindPort": freePort(), **values}
        server = FRPServer(self.reactor, serverFromValues(values, registry=self.registry).config, self.registry)
        server.startService()
        self.addCleanup(server.stopService)
        await server.started
        return server

    async def client(
        self,
        server: FRPServer,
        proxies: Iterable[Mapping[str, Any]],
        until: str = "start proxy success",
        **values: Any,
    ) -> FRPClient:
        """Start frpc, and wait until each of its proxies has logged C{until}; it stops with the test."""
        proxies = list(proxies)
        values = {"serverAddr": self.host, "serverPort": server.config.bindPort, **values, "proxies": proxies}
        client = FRPClient(self.reactor, clientFromValues(values, registry=self.registry).config, self.registry)
        before = self.lines.text.count(until)
        client.startService()
        self.addCleanup(client.stopService)
        await self.lines.wait(until, before + len(proxies))
        return client

    def port(self, client: FRPClient, name: str) -> int:
        """Where the users of a proxy come in."""
        assert client.session is not None
        return int(client.session.proxies[name].remoteAddress.lstrip(":"))

    def service(self, make: Callable[[], Peer]) -> int:
        """Start a local service. @return: its port."""

        def made() -> Peer:
            peer = make()
            self.addCleanup(self._end, peer)
            return peer

        listening = self.reactor.listenTCP(0, _Peers(made), interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        port: int = listening.getHost().port
        return port

    async def user(self, port: int, peer: Peer | None = None) -> Peer:
        """Connect to a port; whatever becomes of the connection, it ends with the test."""
        peer = peer or Peer()
        await endpointFor(self.reactor, self.host, port, 10).connect(_Peers(lambda: peer))
        self.addCleanup(self._end, peer)
        return peer

    async def until(self, true: Callable[..., object]) -> float:
        """Wait until something is true. @return: how many seconds it took."""
        began = self.reactor.seconds()
        while not true():
            self.assertLess(self.reactor.seconds() - began, 15, self.lines.text)
            await deferLater(self.reactor, 0.01)
        return float(self.reactor.seconds() - began)

    def _end(self, peer: Peer) -> Deferred[Any] | None:
        if not getattr(peer.transport, "connected", False):
            return None
        lost = peer.lost
        peer.transport.abortConnection()
        return lost
