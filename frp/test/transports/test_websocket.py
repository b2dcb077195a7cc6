"""The transports websocket and wss, with and without TLS and multiplexing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from subprocess import run

from twisted.internet.protocol import Factory, Protocol

from frp.interfaces import IStream
from frp.session.greeting import handOver
from frp.sockets.tls import TLSLayer, startTLS
from frp.sockets.tlsside import serverContext
from frp.test.sockets.authority import Authority
from frp.test.transports.proxying import TinyProxy
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import TransportContract
from frp.testing.network import User
from frp.testing.recording import Recorder
from frp.wire.frames import encode
from frp.wire.messages import Login
from frp.wire.sniff import WANTS_TLS

SERVER = serverContext(Authority().fields("server", names=["frps.example"]))


class WebSocketTests(TransportContract, NetworkTestCase):
    """Without TLS."""

    name = "websocket"


class TLSWebSocketTests(TransportContract, NetworkTestCase):
    """As it is by default: TLS within, and one connection for all."""

    name = "websocket"
    clientSettings = {"tls": {"enable": True}}


class BareWebSocketTests(TransportContract, NetworkTestCase):
    """With a connection for each stream."""

    name = "websocket"
    clientSettings = {"tcpMux": False}
    serverSettings = {"transport": {"tcpMux": False}}


class FirstByteTests(TransportContract, NetworkTestCase):
    """With a connection for each stream, and frp's own byte before TLS within."""

    name = "websocket"
    clientSettings = {"tcpMux": False, "tls": {"enable": True, "disableCustomTLSFirstByte": False}}
    serverSettings = {"transport": {"tcpMux": False}}


class WSSTests(TransportContract, NetworkTestCase):
    """Within TLS, which is on whether it is asked for or not."""

    name = "wss"


class ForcedTests(TransportContract, NetworkTestCase):
    """Where frps wants TLS, this is TLS enough."""

    name = "wss"
    clientSettings = {"tls": {"enable": True}}
    serverSettings = {"transport": {"tls": {"force": True}}}


class BareWSSTests(TransportContract, NetworkTestCase):
    """With a connection for each stream."""

    name = "wss"
    clientSettings = {"tcpMux": False}
    serverSettings = {"transport": {"tcpMux": False}}


REQUEST = (
    b"GET /~!frp HTTP/1.1\r\nHost: a:7000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://a:7000\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
YES = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
WITHOUT_TLS = "non-TLS connection received on a TlsOnly server"


def frame(data: bytes) -> bytes:
    """What a client sends, whose key is all zeros."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x82" + length + bytes(4) + data


class DoorTests(NetworkTestCase):
    """Who comes to frps and asks for a websocket."""

    def say(self, *pieces: bytes) -> User:
        """Somebody connects and says this."""
        user = self.network.user(self.network.bindPort)
        for piece in pieces:
            user.send(piece)
            self.network.settle()
        return user

    def test_crumbs(self) -> None:
        """The request may come byte by byte, and what is behind it together with it."""
        self.network.server()
        crumbs = self.say(*[bytes([byte]) for byte in REQUEST])
        self.assertEqual(crumbs.received, YES)
        user = self.say(REQUEST + frame(b"SSH-2.0-OpenSSH\r\n"))
        self.assertTrue(user.received.startswith(YES))
        self.assertEqual(self.logged("this looks like SSH"), 1)

    def test_refused(self) -> None:
        """What is no such request gets the reference's answer, and a line in the log; nobody else notices."""
        self.network.server()
        self.network.client(
            transport={"protocol": "websocket"},
            proxies=[{"name": "p", "type": "tcp", "localPort": self.network.echo().port, "remotePort": 6000}],
        )
        for before, after, status, words in (
            (b"/~!frp", b"/~!frpx", b"404 Not Found", "404 page not found"),
            (b"Upgrade: websocket\r\n", b"", b"400 Bad Request", "not websocket protocol"),
            (b": 13", b": 12", b"400 Bad Request\r\nSec-WebSocket-Version: 13", "missing or bad WebSocket Version"),
            (b"Origin: http://a:7000\r\n", b"", b"403 Forbidden", "no Origin, or none that is a URL"),
            (b"Host: a:7000\r\n", b"", b"400 Bad Request", "an HTTP/1.1 request without a Host"),
            (b"HTTP/1.1", b"HTTP/9.9", b"505 HTTP Version Not Supported", "the request is b'HTTP/9.9'"),
            (b"Host", b"\0ost", b"400 Bad Request", "a control character"),
            (b"\r\n\r\n", b"\r\nX: " + b"x" * 70000, b"431 Request Header Fields Too Large", "has no end within"),
        ):
            user = self.say(REQUEST.replace(before, after), b"more")
            self.assertTrue(user.received.startswith(b"HTTP/1.1 " + status + b"\r\n"), user.received)
            self.assertTrue(user.closed)
            self.assertEqual(self.logged(words), 1, words)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_slow(self) -> None:
        """Nobody has more than ten seconds for the request, nor for the first byte behind it."""
        self.network.server()
        slow, silent, empty = self.say(REQUEST[:50]), self.say(REQUEST), self.say(REQUEST, frame(b""))
        self.network.advance(9)
        self.assertFalse(slow.closed or silent.closed or empty.closed)
        self.network.advance(2)
        self.assertTrue(slow.closed and silent.closed and empty.closed)
        self.assertEqual(self.logged("no whole request for a websocket within 10 s"), 1)
        self.assertEqual(self.logged("it sent 0 bytes in 10 s"), 2)

    def test_wrongFrames(self) -> None:
        """Who breaks the protocol within a session ends that: the log says what it was."""
        self.network.server()
        user = self.say(REQUEST, frame(b"\0\1\0\1\0\0\0\1\0\0\0\0"), b"\x82\x01x")
        self.assertIn(b"\x88\x02\x03\xea", user.received)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("a frame without a mask, of a client"), 1)

    def test_olderClients(self) -> None:
        """Releases before 0.70 send their bytes as text."""
        self.network.server(transport={"tcpMux": False})
        login = encode(Login())
        user = self.say(REQUEST, b"\x81" + frame(login)[1:])
        self.assertTrue(user.received[len(YES) :].startswith(b"\x82"))
        self.assertEqual(self.logged("client login info"), 1)

    def test_forced(self) -> None:
        """Where TLS is wanted, it is wanted within the frames; the refusal comes there, too."""
        self.network.server(transport={"tls": {"force": True}})
        user = self.say(REQUEST, frame(b"\0\1"))
        self.assertEqual(user.received, YES + b"\x82" + bytes([len(WANTS_TLS)]) + WANTS_TLS + b"\x88\x02\x03\xe8")
        self.assertEqual(self.logged(WITHOUT_TLS), 1)
        client = self.network.client(transport={"protocol": "websocket"})
        self.assertIsNone(client.session)
        self.assertEqual(self.logged(WITHOUT_TLS), 2)
        self.assertEqual(self.logged("it may want TLS"), 1)

    def test_sharedPort(self) -> None:
        """Where users of http proxies come to the same port, only such requests are ours."""
        self.network.server(vhostHTTPPort=self.network.bindPort)
        self.network.client(transport={"protocol": "websocket", "tls": {"enable": True}})
        for path in (b"/", b"/~!fr", b"/x/~!frp"):
            user = self.say(b"GET %b HTTP/1.1\r\nHost: a.example\r\n\r\n" % path)
            self.assertIn(b"404 Not Found", user.received)
        self.assertEqual(self.logged("a websocket with"), 0)
        self.assertEqual(self.say(REQUEST).received, YES)

    def test_lazy(self) -> None:
        """Who starts frps, or a frpc that goes another way, does not pay for importing it."""
        script = (
            "import sys\n"
            "from frp.testing.network import Network\n"
            "network = Network(); network.server(); network.client(); network.stop()\n"
            "assert 'frp.transports.websocket.kind' in sys.modules\n"
            "names = ('frp.sockets.websocket', 'frp.wire.websocket', 'frp.transports.websocket.door', 'websockets')\n"
            "sys.exit(' '.join(name for name in names if name in sys.modules))\n"
        )
        self.assertEqual(run([sys.executable, "-c", script], capture_output=True, check=False).stderr, b"\n")


class MeetingTests(NetworkTestCase):
    """What our frpc finds where frps should be."""

    def meets(self, answer: bytes, protocol: str = "websocket") -> str:
        """
        Somebody answers so and hangs up.

        @return: the line that our frpc has for it; there is just one.
        """

        def reply(user: User, data: bytes) -> None:
            user.send(answer)
            user.close()

        self.network.service(reply, self.network.bindPort)
        self.network.client(transport={"protocol": protocol})
        lines = [line for line in self.log if "[W]" in line]
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_webServer(self) -> None:
        """A web server."""
        line = self.meets(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n<html>")
        self.assertIn("websocket with 0.0.0.0:7000: bad status 404; a web server without frps behind /~!frp", line)
        self.assertIn("(it calls itself 'nginx')", line)

    def test_login(self) -> None:
        """The login page of a network."""
        self.assertIn("it redirects to http://hotel/", self.meets(b"HTTP/1.1 302 F\r\nLocation: http://hotel/\r\n\r\n"))

    def test_tls(self) -> None:
        """Somebody who wants TLS."""
        self.assertIn('set transport.protocol to "wss"', self.meets(b"\x15\x03\x01\x00\x02\x02\x28"))

    def test_hangsUp(self) -> None:
        """Somebody who says nothing."""
        self.assertIn("closed before it answered: is this the bindPort of frps, or does it want TLS", self.meets(b""))

    def test_noTLS(self) -> None:
        """A web server without TLS, where TLS was due."""
        self.assertIn("the peer answers in plain HTTP", self.meets(b"HTTP/1.1 400 Bad Request\r\n\r\n", "wss"))

    def withinTLS(self, answer: Callable[[TLSLayer], object]) -> None:
        """Somebody answers with TLS, and then so."""
        reactor = self.network.reactor

        class Securing(Protocol):
            transport: IStream

            def connectionMade(self) -> None:
                startTLS(self.transport, SERVER, reactor).ready.addCallback(answer)

        reactor.listenTCP(self.network.bindPort, Factory.forProtocol(Securing))

    def test_goServer(self) -> None:
        """An frps of Go, which takes what is within TLS for a session and hangs up."""
        self.withinTLS(TLSLayer.loseConnection)
        self.network.client(transport={"protocol": "wss"})
        self.assertEqual(self.logged("That of Go needs a web server before it, which undoes the TLS of wss"), 1)

    def test_names(self) -> None:
        """With wss the request calls frps as its certificate does, without a port; which the reference does, too."""
        heard: list[Recorder] = []

        def listen(layer: TLSLayer) -> None:
            heard.append(Recorder())
            handOver(layer, heard[-1])

        self.withinTLS(listen)
        for name, host in (("", b"127.0.0.1"), ("Front.Example", b"Front.Example"), ("::1", b"[::1]")):
            client = self.network.client(
                serverAddr="127.0.0.1", transport={"protocol": "wss", "tls": {"enable": False, "serverName": name}}
            )
            self.assertIn(b"\r\nHost: %b\r\n" % host, heard[-1].received)
            client.stopService()
            self.network.settle()

    def test_silent(self) -> None:
        """Somebody who never answers is given up."""
        self.network.service(lambda user, data: None, self.network.bindPort)
        self.network.client(loginFailExit=True, transport={"protocol": "websocket", "dialServerTimeout": 3})
        self.network.advance(2.9)
        self.assertEqual(self.network.failures, {})
        self.network.advance(0.2)
        (gaveUp,) = self.network.failures.values()
        self.assertIn("no answer within 3 s", repr(gaveUp.value and gaveUp.value.__cause__))

    def test_host(self) -> None:
        """An address that cannot stand in a request is refused before anybody is dialled."""
        self.network.client(serverAddr="a b", loginFailExit=True, transport={"protocol": "websocket"})
        (gaveUp,) = self.network.failures.values()
        self.assertIn("the host cannot stand in an HTTP request", str(gaveUp.value))


class OutProxyTests(NetworkTestCase):
    """Through a proxy of the user's network."""

    def test_throughProxy(self) -> None:
        """A tunnel is what it is without."""
        ways = [(protocol, scheme) for protocol in ("websocket", "wss") for scheme in ("http", "socks5")]
        for number, (protocol, scheme) in enumerate(ways):
            port, remotePort = 3128 + number, 6000 + number
            proxy = TinyProxy(self.network.reactor)
            self.network.reactor.listenTCP(port, proxy)
            self.network.server(bindPort=7000 + number)
            self.network.client(
                serverAddr="127.0.0.1",
                transport={"protocol": protocol, "proxyURL": f"{scheme}://127.0.0.1:{port}"},
                proxies=[{"name": "a", "type": "tcp", "localPort": self.network.echo().port, "remotePort": remotePort}],
            )
            user = self.network.user(remotePort)
            user.send(b"hello")
            self.network.settle()
            self.assertEqual(user.received, b"hello")
            self.assertGreater(len(proxy.heard), 0)
            user.close()
