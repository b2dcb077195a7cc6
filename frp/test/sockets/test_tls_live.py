"""Tests of TLS over real sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.trial.unittest import TestCase

from frp.errors import RemoteWireError
from frp.sockets.eager import eager
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import TLSSide, clientContext, serverContext
from frp.test.sockets.authority import Authority, Fields

reactor: Any = installed

AUTHORITY = Authority()
SERVER = serverContext(AUTHORITY.fields("server", names=["frps.example"]))
CLIENT = clientContext(Fields(trustedCaFile=AUTHORITY.caFile), "frps.example")


def answering(kind: type[Factory], make: Callable[[], Protocol]) -> Any:
    """A factory of this kind that makes these protocols."""

    class Answering(kind):  # type: ignore[misc, valid-type]  # the kind is chosen at run time
        noisy = False

        def buildProtocol(self, addr: IAddress | None) -> Protocol:
            return make()

    return Answering()


class Sink(Protocol):
    """Counts, and fires C{done} with the count and the reason at the end."""

    transport: Any

    def __init__(self) -> None:
        self.count = 0
        self.done: Deferred[tuple[int, Exception]] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.count += len(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.done.callback((self.count, reason.value))


class Pour(Sink):
    """A producer of so many bytes once it was asked, and then the end."""

    left = 16_000_000
    paused = 0

    def dataReceived(self, data: bytes) -> None:
        self.transport.registerProducer(self, True)
        self.resumeProducing()

    def pauseProducing(self) -> None:
        self.paused += 1
        self.flowing = False

    def stopProducing(self) -> None:
        self.flowing = False

    def resumeProducing(self) -> None:
        self.flowing = True
        while self.flowing and self.left:
            self.transport.writeVector(b"h" * 12, b"b" * 49988)
            self.left -= 50000
        if not self.left:
            self.transport.unregisterProducer()
            self.transport.loseConnection()


class Bucket(Sink):
    """Asks."""

    def connectionMade(self) -> None:
        self.transport.write(b"go")


class Start(Protocol):
    """What a raw connection has until TLS is on it."""

    transport: Any

    def __init__(self, side: TLSSide, inner: Protocol, clock: Any, started: Deferred[Any]) -> None:
        self.side, self.inner, self.clock, self.started = side, inner, clock, started

    def connectionMade(self) -> None:
        startTLS(self.transport, self.side, self.clock, self.inner).ready.chainDeferred(self.started)


class LiveTests(TestCase):
    """Two layers on loopback, on Twisted's own transports and on those that write at once."""

    def serve(self, make: Callable[[], Protocol]) -> int:
        port = self.using.listenTCP(0, answering(Factory, make), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        number: int = port.getHost().port
        return number

    def dial(self, port: int, protocol: Protocol) -> None:
        self.using.connectTCP("127.0.0.1", port, answering(ClientFactory, lambda: protocol))

    def setUp(self) -> None:
        self.using: Any = reactor

    async def pour(self) -> None:
        pour, sink, ready = Pour(), Bucket(), Deferred[Any]()
        port = self.serve(lambda: Start(SERVER, sink, reactor, Deferred()))
        self.dial(port, Start(CLIENT, pour, reactor, ready))
        await ready
        self.assertEqual(16_000_000, (await sink.done)[0])
        self.assertIsInstance((await pour.done)[1], ConnectionDone)
        self.assertGreater(pour.paused, 0)

    async def test_pour(self) -> None:
        """A producer fills Twisted's transport, is paused, and everything arrives."""
        await self.pour()

    async def test_pourAtOnce(self) -> None:
        """The same with transports that write at once."""
        self.using = eager(reactor)
        await self.pour()

    async def test_twistedClient(self) -> None:
        """Twisted's own TLS understands us, and we understand it."""
        heard: Deferred[bytes] = Deferred()

        class Echo(Sink):
            def dataReceived(self, data: bytes) -> None:
                super().dataReceived(data)
                self.transport.write(data)

        class Ask(Sink):
            def connectionMade(self) -> None:
                self.transport.write(b"hello")

            def dataReceived(self, data: bytes) -> None:
                heard.callback(data)
                self.transport.loseConnection()

        echo, ask = Echo(), Ask()
        port = self.serve(lambda: Start(SERVER, echo, reactor, Deferred()))
        options = optionsForClientTLS("frps.example", trustRoot=self.trust())
        reactor.connectSSL("127.0.0.1", port, answering(ClientFactory, lambda: ask), options)
        self.assertEqual(b"hello", await heard)
        self.assertEqual(5, (await echo.done)[0])
        await ask.done

    def trust(self) -> Any:
        with open(AUTHORITY.caFile, "rb") as file:
            return trustRootFromCertificates([Certificate.loadPEM(file.read())])

    async def test_plainServer(self) -> None:
        """A web server on the other end is told from an frps."""

        class Web(Sink):
            def dataReceived(self, data: bytes) -> None:
                self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                self.transport.loseConnection()

        web, ready = Web(), Deferred[Any]()
        self.dial(self.serve(lambda: web), Start(CLIENT, Sink(), reactor, ready))
        error = await self.assertFailure(ready, RemoteWireError)
        self.assertIn("plain HTTP", error.detail)
        await web.done

    async def test_silentServer(self) -> None:
        """One that closes at once is told from one that is not trusted."""

        class Shy(Sink):
            def connectionMade(self) -> None:
                self.transport.loseConnection()

        shy, ready = Shy(), Deferred[Any]()
        self.dial(self.serve(lambda: shy), Start(CLIENT, Sink(), reactor, ready))
        error = await self.assertFailure(ready, RemoteWireError)
        self.assertIn("closed during the handshake", error.brief)
        await shy.done
