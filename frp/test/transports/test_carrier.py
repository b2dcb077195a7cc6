"""From a connection to a session: frp's own byte, TLS, yamux."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.config.server import ServerConfig
from frp.errors import LocalWireError, RemoteWireError
from frp.interfaces import Claim, IDialSite, IReactor
from frp.session.muxed import MuxedSession
from frp.session.plain import PlainSession
from frp.sockets.tlsside import clientContext, serverContext
from frp.test.session.peers import join
from frp.test.sockets.authority import Authority, Fields
from frp.testing.pipe import Pipe
from frp.testing.recording import Lines, Recorder, Recorders
from frp.transports.carrier import Carriers, TLSEndpoint, sessionOver
from frp.transports.sites import DialSite

AUTHORITY = Authority()
SERVER = serverContext(AUTHORITY.fields("server", names=["frps.example"]))
CLIENT = clientContext(Fields(trustedCaFile=AUTHORITY.caFile), "frps.example")


@implementer(IStreamClientEndpoint)
class Endpoint:
    """Connects to one end of a pipe."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """@return: fires at once."""
        protocol = factory.buildProtocol(self._pipe.client.getPeer())
        assert protocol is not None
        join(self._pipe.client, protocol)  # type: ignore[arg-type] # the factories here build Protocols
        return succeed(protocol)


class Case(SynchronousTestCase):
    """The server's side of a connection, answered with recorders."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lines = Lines()
        self.pipe = Pipe()
        self.answered: list[Recorder] = []
        self.transports: list[Any] = []
        self.config = ServerConfig()
        self.carriers = Carriers(self.clock, self.config, SERVER, self.answer, self.lines.log)
        join(self.pipe.server, self.carriers.buildProtocol(None))

    def answer(self, transport: Any) -> Recorder:
        """Build what gets the bytes after TLS."""
        self.transports.append(transport)
        self.answered.append(Recorder())
        return self.answered[-1]

    def say(self, data: bytes) -> None:
        """Speak as a client without TLS."""
        join(self.pipe.client, Recorder())
        self.pipe.client.write(data)
        self.pipe.pump()

    def dial(self, customByte: bool = False, factory: IProtocolFactory | None = None) -> Deferred[Any]:
        """Speak as a client with TLS."""
        endpoint = TLSEndpoint(Endpoint(self.pipe), CLIENT, self.clock, customByte)
        dialled: Deferred[Any] = endpoint.connect(factory or Recorders())
        return dialled


class CarriersTests(Case):
    """What the first byte decides."""

    def test_plain(self) -> None:
        """Anything but TLS is answered as it is, with all of its bytes."""
        self.say(b"\0\1hello")
        self.assertEqual(self.answered[0].received, b"\0\1hello")
        self.assertIs(self.transports[0], self.pipe.server)

    def test_tls(self) -> None:
        """TLS is told by its record type, with frp's own byte before it or without."""
        for customByte in (False, True):
            self.setUp()
            dialled = self.dial(customByte)
            self.assertEqual(self.pipe.client.wire[0], 0x17 if customByte else 0x16)
            self.pipe.pump()
            client = self.successResultOf(dialled)
            client.transport.write(b"hello")
            self.pipe.pump()
            self.assertEqual(self.answered[0].received, b"hello")
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_customByteAlone(self) -> None:
        """Frp's byte may come in a piece of its own, and the handshake in crumbs."""
        dialled = self.dial(customByte=True)
        self.pipe.pump(iter([1] * 100_000))
        client = self.successResultOf(dialled)
        client.transport.write(b"hello")
        self.pipe.pump()
        self.assertEqual(self.answered[0].received, b"hello")

    def test_withinTLS(self) -> None:
        """What comes inside TLS may be claimed by how it begins, as for a websocket; the rest is served as ever."""
        for first, claimed in ((b"GET /frp", True), (b"\0\1hello", False)):
            self.setUp()
            users = Recorders()
            self.carriers.withinTLS.claim(Claim("ws", 5, 5, lambda first: first.startswith(b"GET /"), users))
            dialled = self.dial()
            self.pipe.pump()
            self.successResultOf(dialled).transport.write(first)
            self.pipe.pump()
            (answered,) = users.built if claimed else self.answered
            self.assertEqual(answered.received, first)
            self.assertEqual((len(users.built), len(self.answered)), (1, 0) if claimed else (0, 1))
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_forced(self) -> None:
        """Where TLS is required, others are closed with the reference's line."""
        self.config.transport.tls.force = True
        self.say(b"\0\1hello")
        self.assertEqual(self.answered, [])
        self.assertTrue(self.pipe.server.lost)
        (line,) = self.lines.texts
        self.assertTrue(line.startswith("non-TLS connection received on a TlsOnly server"), line)

    def test_forcedWithTLS(self) -> None:
        """And those who speak it are served."""
        self.config.transport.tls.force = True
        dialled = self.dial()
        self.pipe.pump()
        self.successResultOf(dialled)
        self.assertEqual(len(self.answered), 1)

    def test_noHandshake(self) -> None:
        """A first byte that promises TLS, and nonsense behind it: closed, with one line that says what it was."""
        self.say(b"\x16GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(self.answered, [])
        self.assertEqual(len(self.lines.texts), 1)
        self.assertIn("TLS with 192.0.2.1:7000 failed", self.lines.texts[0])
        self.assertTrue(self.pipe.server.disconnecting or self.pipe.server.lost)

    def test_silentHandshake(self) -> None:
        """A first byte and then silence: dropped by the handshake's deadline."""
        self.say(b"\x17")
        self.clock.advance(60)
        self.assertTrue(self.pipe.server.aborted)
        self.assertEqual(len(self.lines.texts), 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])


class TLSEndpointTests(Case):
    """The client's side."""

    def test_notTLS(self) -> None:
        """A server that does not speak TLS: what it is, is in the error."""
        pipe = Pipe()
        recorder = Recorder()
        join(pipe.server, recorder)
        recorder.onData = lambda data: pipe.server.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        dialled = TLSEndpoint(Endpoint(pipe), CLIENT, self.clock).connect(Recorders())
        pipe.pump()
        failure = self.failureResultOf(dialled, RemoteWireError)
        self.assertIn("HTTP", failure.value.detail)

    def test_nobodyAnswers(self) -> None:
        """A factory that builds nothing fails the connection, and drops it."""
        dialled = self.dial(factory=Recorders(lambda: None))
        self.pipe.pump()
        self.failureResultOf(dialled, LocalWireError)
        self.assertTrue(self.pipe.client.aborted)


class SessionOverTests(Case):
    """What frpc makes of a connection."""

    def site(self, **transport: object) -> IDialSite:
        """A client with this transport table."""
        config = ClientConfig()
        for name, value in transport.items():
            setattr(config.transport, name, value)
        return DialSite(cast(IReactor, self.clock), config, None, self.lines.log)

    def test_muxed(self) -> None:
        """With tcpMux: one connection, many streams, kept alive as configured."""
        session = self.successResultOf(sessionOver(Endpoint(self.pipe), self.site(tcpMuxKeepaliveInterval=5)))
        self.assertIsInstance(session, MuxedSession)
        self.successResultOf(session.connect(Recorders()))
        self.pipe.pump()
        self.assertEqual(bytes(self.answered[0].received[:4]), b"\0\1\0\1")
        session.abort()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_plain(self) -> None:
        """Without: every stream is a connection."""
        session = self.successResultOf(sessionOver(Endpoint(self.pipe), self.site(tcpMux=False)))
        self.assertIsInstance(session, PlainSession)
        self.assertEqual(self.answered, [])
        stream: Any = self.successResultOf(session.connect(Recorders()))
        stream.transport.write(b"hello")
        self.pipe.pump()
        self.assertEqual(self.answered[0].received, b"hello")
