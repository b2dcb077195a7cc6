"""
A proxy of a user's network, as small as can be: CONNECT and SOCKS5, with or without TLS, or one that only says what it
is told to; and what dials through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import clientFromValues
from frp.errors import TunnelLost
from frp.kinds import Registry
from frp.logs import Log
from frp.session.greeting import handOver
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import TLSSide
from frp.testing.memory import MemoryReactor
from frp.testing.recording import Recorder, Recorders
from frp.transports.dial import tcpEndpoint
from frp.transports.sites import DialSite
from frp.wire.socks5.client import readAddress

__all__ = ["Guard", "OutProxyCase", "TinyProxy"]

Guard = Callable[[bytes], bytes]
"""Watches one connection: called with each request, it gives the answer, and nothing for one that is let through."""

_REGISTRY = Registry()

_FAR = Factory.forProtocol(Protocol)
_FAR.noisy = False


class TinyProxy(Factory):
    """
    Listens for clients. With C{script} it says these pieces, one for each that comes, and lets nobody through.

    @ivar guard: makes what watches a connection that asks by C{CONNECT}.
    @ivar heard: what each client said before it was let through.
    @ivar behind: said in one piece with the answer.
    @ivar clients: the connections, the oldest first.
    """

    noisy = False

    def __init__(self, reactor: Any, side: TLSSide | None = None, script: Iterable[bytes] | None = None) -> None:
        self.reactor = reactor
        self.side = side
        self.script = None if script is None else list(script)
        self.heard: list[bytes] = []
        self.behind = b""
        self.guard: Callable[[], Guard] = lambda: lambda head: b""
        self.clients: list[Any] = []

    def buildProtocol(self, addr: object) -> Protocol:
        made = _Client(self)
        self.clients.append(made)
        self.heard.append(b"")
        return _Start(self.side, self.reactor, made) if self.side else made


class _Start(Protocol):
    """What a raw connection has until TLS is on it."""

    transport: Any

    def __init__(self, side: TLSSide, clock: Any, inner: Protocol) -> None:
        self._side, self._clock, self._inner = side, clock, inner

    def connectionMade(self) -> None:
        startTLS(self.transport, self._side, self._clock, self._inner).ready.addErrback(lambda _: None)


class _Client(Protocol):
    transport: Any

    def __init__(self, proxy: TinyProxy) -> None:
        self._proxy = proxy
        self._number = len(proxy.heard)
        self._buffer = b""
        self._guard = proxy.guard()
        self.lost = False

    def connectionLost(self, reason: object = None) -> None:
        self.lost = True

    def dataReceived(self, data: bytes) -> None:
        proxy = self._proxy
        proxy.heard[self._number] += data
        self._buffer += data
        if proxy.script is not None:
            if proxy.script:
                self.transport.write(proxy.script.pop(0))
        elif self._buffer[:1] in (b"\x05", b"\x01"):
            self._socks()
        elif b"\r\n\r\n" in self._buffer:
            head, self._buffer = self._buffer, b""
            answer = self._guard(head)
            if answer:
                self.transport.write(answer)
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            self._join(host.strip("[]"), int(port), b"HTTP/1.1 200 OK\r\n\r\n")

    def _socks(self) -> None:
        """Method, proof, and request come in pieces of their own: the client waits for each answer."""
        said = self._buffer
        if said[0] == 1:
            self.transport.write(b"\x01\x00")
        elif said[1] == len(said) - 2:
            self.transport.write(bytes([5, said[-1]]))
        elif (found := readAddress(said[3:])) is not None:
            self._join(found[0], found[1], b"\x05\x00\x00\x01" + bytes(6))
        self._buffer = b""

    def _join(self, host: str, port: int, answer: bytes) -> None:
        self.transport.pauseProducing()

        def joined(far: Any) -> None:
            self.transport.write(answer + self._proxy.behind)
            near = self.transport
            handOver(near, _Half(far.transport))
            handOver(far.transport, _Half(near))

        TCP4ClientEndpoint(self._proxy.reactor, host, port).connect(_FAR).addCallback(joined)


class _Half(Protocol):
    """Writes to the other side what it hears on this one."""

    def __init__(self, other: Any) -> None:
        self._other = other

    def dataReceived(self, data: bytes) -> None:
        self._other.write(data)

    def connectionLost(self, reason: object = None) -> None:
        self._other.loseConnection()


class OutProxyCase(SynchronousTestCase):
    """One connection through a proxy in memory, which listens on port 3128, to a server on port 7000."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.server = Recorders()
        self.reactor.listenTCP(7000, self.server)
        self.answered = Recorders()

    def proxy(self, script: Iterable[bytes] | None = None, side: TLSSide | None = None) -> TinyProxy:
        proxy = TinyProxy(self.reactor, side, script)
        self.reactor.listenTCP(3128, proxy)
        return proxy

    def dial(self, url: str, timeout: int = 10) -> Deferred[Any]:
        values = {"serverAddr": "127.0.0.1", "transport": {"proxyURL": url, "dialServerTimeout": timeout}}
        config = clientFromValues(values, registry=_REGISTRY).config
        dialled = tcpEndpoint(DialSite(self.reactor, config, None, Log("test"))).connect(self.answered)
        self.settle()
        return dialled

    def settle(self) -> None:
        for _ in range(60):
            self.reactor.advance(0)

    def refused(self, dialled: Deferred[Any], kind: type[Exception] = TunnelLost) -> Any:
        """@return: why; nobody was answered, and nothing is left behind."""
        error = self.failureResultOf(dialled, kind).value
        self.settle()
        self.assertEqual(self.answered.built, [])
        self.assertEqual(self.reactor.links, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        return error

    def talks(self, dialled: Deferred[Any]) -> None:
        """Bytes go both ways."""
        client: Recorder = self.successResultOf(dialled)
        client.transport.write(b"hello")
        self.settle()
        (server,) = self.server.built
        self.assertEqual(bytes(server.received), b"hello")
        server.transport.write(b"good morning")
        self.settle()
        self.assertEqual(bytes(client.received), b"good morning")
        self.assertEqual(self.reactor.getDelayedCalls(), [])
