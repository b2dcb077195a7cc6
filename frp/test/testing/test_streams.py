"""Every stream of ours keeps the promises of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.internet.task import Clock
from twisted.protocols import tls
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.client.site import DescribedEndpoint
from frp.hooks.wrapper import StreamWrapper
from frp.interfaces import IStream
from frp.joining.coded import CodedStream
from frp.joining.treatment import Treatment
from frp.session.greeting import handOver
from frp.session.muxed import MuxedSession
from frp.sockets.eager import StreamingReactor, eager
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import clientContext, serverContext
from frp.sockets.websocket import startWebSocket
from frp.test.sockets.authority import Authority, Fields
from frp.testing.contracts import StreamContract
from frp.testing.memory import MemoryReactor
from frp.testing.pipe import Pipe
from frp.testing.recording import Lines, Recorders

#: Its turns are the tests' to make.
SYSTEM = SelectReactor()

AUTHORITY = Authority()
SERVER = serverContext(AUTHORITY.fields("server", names=["frps.example"]))
CLIENT = clientContext(Fields(), "frps.example")


class _Piped(StreamContract, SynchronousTestCase):
    """Streams above, or at, one end of a pipe."""

    __test__ = False
    datagramSize = 0

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.lines = Lines()
        self.pipes: list[Pipe] = []

    def pipe(self) -> Pipe:
        """A new one."""
        made = Pipe(1 << 16, self.datagramSize)
        self.pipes.append(made)
        return made

    def settle(self) -> None:
        for pipe in self.pipes:
            pipe.pump()

    def attach(self, end: Any, protocol: Protocol) -> None:
        """Make it the transport of a protocol."""
        end.protocol = protocol
        protocol.makeConnection(end)


class PipeTests(_Piped):
    """A pipe in memory."""

    __test__ = True

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        self.attach(pipe.client, near)
        self.attach(pipe.server, far)


class DatagramPipeTests(PipeTests):
    """The same with datagrams."""

    datagramSize = 1000


class WrapperTests(_Piped):
    """What hooks put in the way of a user: the service's side."""

    __test__ = True

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        self.attach(pipe.client, far)
        self.attach(StreamWrapper(pipe.server), near)


class TLSTests(_Piped):
    """TLS, the client's side."""

    __test__ = True
    sides = CLIENT, SERVER

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        ours, theirs = self.sides
        startTLS(pipe.client, ours, self.clock, near)
        startTLS(pipe.server, theirs, self.clock, far)
        pipe.pump()


class TLSServerTests(TLSTests):
    """TLS, the server's side."""

    sides = SERVER, CLIENT


class WebSocketTests(_Piped):
    """WebSocket, the client's side."""

    __test__ = True
    client = True

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        self.attach(startWebSocket(pipe.client, self.clock, client=self.client), near)
        self.attach(startWebSocket(pipe.server, self.clock, client=not self.client), far)

    def attach(self, end: Any, protocol: Protocol) -> None:
        handOver(end, protocol)


class WebSocketServerTests(WebSocketTests):
    """WebSocket, the server's side."""

    client = False


class WebSocketWithinTLSTests(TLSTests):
    """WebSocket within TLS, the client's side."""

    client = True

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        for end, side, client, protocol in ((pipe.client, CLIENT, True, near), (pipe.server, SERVER, False, far)):
            layer = startTLS(end, side, self.clock)
            layer.ready.addCallback(self._secured, client, protocol)
        pipe.pump()

    def _secured(self, layer: IStream, client: bool, protocol: Protocol) -> None:
        handOver(startWebSocket(layer, self.clock, client=client), protocol)


class TLSWithinWebSocketTests(TLSTests):
    """TLS within WebSocket, the client's side."""

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        for end, side, client, protocol in ((pipe.client, CLIENT, True, near), (pipe.server, SERVER, False, far)):
            layer = startWebSocket(end, self.clock, client=client)
            startTLS(layer, side, self.clock, protocol)
            layer.resumeProducing()
        pipe.pump()


class CodedTests(_Piped):
    """A work stream whose proxy does nothing to the bytes."""

    __test__ = True
    treatment = Treatment()

    def coded(self, end: Any, protocol: Protocol) -> None:
        """Put the treatment between."""
        end.pauseProducing()
        stream = CodedStream(end, self.treatment, clock=self.clock, log=self.lines.log)
        stream.begin(protocol)

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        self.coded(pipe.client, near)
        self.coded(pipe.server, far)


class BesideTests(CodedTests):
    """The same where there are datagrams beside it."""

    datagramSize = 1000


class TreatedTests(CodedTests):
    """A work stream that is encrypted and compressed: there are no datagrams, whatever carries it."""

    datagramSize = 1000
    treatment = Treatment(key=bytes(16), compress=True)
    much = 1 << 22


class MuxedTests(_Piped):
    """A stream of a session, where it was opened."""

    __test__ = True
    opener = True

    def connect(self, near: Protocol, far: Protocol) -> None:
        pipe = self.pipe()
        opener, acceptor = (near, far) if self.opener else (far, near)
        client = MuxedSession(self.clock, self.lines.log, client=True)
        server = MuxedSession(self.clock, self.lines.log, client=False, accept=Recorders(lambda: acceptor))
        self.attach(pipe.client, client)
        self.attach(pipe.server, server)
        self.addCleanup(client.abort)
        self.addCleanup(server.abort)
        client.connect(Recorders(lambda: opener))
        pipe.pump()


class AcceptedTests(MuxedTests):
    """A stream of a session, where it was accepted."""

    opener = False


class LinkTests(StreamContract, SynchronousTestCase):
    """A connection of the reactor in memory."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor = MemoryReactor()

    def settle(self) -> None:
        self.reactor.settle()

    def connect(self, near: Protocol, far: Protocol) -> None:
        port = self.reactor.listenTCP(0, Recorders(lambda: far))
        connectProtocol(TCP4ClientEndpoint(self.reactor, "127.0.0.1", port.getHost().port), near)


class EagerTests(StreamContract, SynchronousTestCase):
    """TCP that writes at once, on the loopback, with a reactor of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.system = SYSTEM
        self.reactor: Any = eager(self.system)
        # Twisted's TLS gathers small writes until the next turn of a reactor, and would take the real one.
        self.patch(tls, "_get_default_clock", lambda: self.system)
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        for selectable in self.system.removeAll():
            selectable.connectionLost(Failure(ConnectionDone()))
        for call in self.system.getDelayedCalls():
            call.cancel()

    def settle(self) -> None:
        # A little time, too: the system may wait for an acknowledgement before it sends the next small piece.
        for seconds in (0, 0, 0, 0, 0.001):
            self.system.iterate(seconds)

    def endpoint(self, port: int) -> IStreamClientEndpoint:
        """How it is reached."""
        return TCP4ClientEndpoint(self.reactor, "127.0.0.1", port)

    def server(self, far: Protocol) -> Protocol:
        """What answers at the port."""
        return far

    def connect(self, near: Protocol, far: Protocol) -> None:
        listening = self.reactor.listenTCP(0, Recorders(lambda: self.server(far)), interface="127.0.0.1")
        made: list[object] = []
        connectProtocol(self.endpoint(listening.getHost().port), near).addCallback(made.append)
        self.until(lambda: made and far.transport)


class StreamingTests(EagerTests):
    """TCP of a reactor that makes its own transports."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor = StreamingReactor(SYSTEM)


class PlainTests(EagerTests):
    """TCP of Twisted's own, as an endpoint that is described in the configuration gives it."""

    def endpoint(self, port: int) -> IStreamClientEndpoint:
        return DescribedEndpoint(TCP4ClientEndpoint(self.system, "127.0.0.1", port), "tcp")


class _Securing(Protocol):
    """Puts TLS of ours before a protocol."""

    transport: IStream

    def __init__(self, far: Protocol, clock: IReactorTime) -> None:
        self._far = far
        self._clock = clock

    def connectionMade(self) -> None:
        startTLS(self.transport, SERVER, self._clock, self._far)


class TwistedTLSTests(EagerTests):
    """Twisted's TLS, in the same way. It cannot end one direction."""

    halfCloses = False

    def server(self, far: Protocol) -> Protocol:
        return _Securing(far, self.system)

    def endpoint(self, port: int) -> IStreamClientEndpoint:
        options = optionsForClientTLS("frps.example", Certificate.loadPEM(Path(AUTHORITY.caFile).read_bytes()))
        return DescribedEndpoint(wrapClientTLS(options, TCP4ClientEndpoint(self.system, "127.0.0.1", port)), "tls")
