"""The transports websocket and wss: our programs with the reference's, and with each other."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

from frp.test.interop.pairings import proxyText
from frp.test.interop.programs import MISSING, Program, freePort
from frp.test.interop.services import echo, sayName
from frp.test.interop.terminator import Terminator
from frp.test.interop.tunnels import MIB, CarryingTestCase
from frp.test.sockets.authority import Authority

ALONE = "transport.tcpMux = false\n"
PLAIN = "transport.tls.enable = false\n"


class Tests(CarryingTestCase):
    """
    A mix-in: what every pairing of the two programs can do, in one of the transports.

    @cvar protocol: C{transport.protocol} of frpc.
    """

    protocol = "websocket"

    def frpc(self, port: int, more: str = "", proxies: str = "", maker: str = "", wire: str = "") -> Program:
        return super().frpc(port, f'transport.protocol = "{self.protocol}"\n{more}', proxies, maker, wire)

    def test_muxed(self) -> None:
        """Bytes pass in the default configuration."""
        self.carries("", "")

    def test_alone(self) -> None:
        """Bytes pass where each stream is a connection of its own."""
        self.carries(ALONE, ALONE)

    def test_many(self) -> None:
        """Many users at once do not disturb each other."""
        service = self.service(echo)
        _, port = self.frps()
        remote = freePort()
        self.frpc(port, "", proxyText("many", service.port, remote)).wait("start proxy success")
        with ThreadPoolExecutor(24) as users:
            exchanged = list(users.map(lambda number: self.exchange(remote, MIB + number), range(24)))
        self.assertEqual([sent for sent, _ in exchanged], [back for _, back in exchanged])

    def test_restarts(self) -> None:
        """Either side may be killed and come back."""
        service = self.service(sayName(b"well"))
        remote = freePort()
        frps, port = self.frps()
        proxy = proxyText("p", service.port, remote)
        frpc = self.frpc(port, "", proxy)
        frpc.wait("start proxy success")
        self.assertEqual(self.said(remote), b"well")
        frps.kill()
        self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"well")
        frpc.kill()
        self.frpc(port, "", proxy).wait("start proxy success")
        self.assertEqual(self.said(remote), b"well")


class WebSocketTests(Tests):
    """A mix-in: what websocket can besides."""

    def test_plain(self) -> None:
        """Bytes pass without TLS."""
        self.carries("", PLAIN)

    def test_plainAlone(self) -> None:
        """Bytes pass without TLS, where each stream is a connection of its own."""
        self.carries(ALONE, ALONE + PLAIN)

    def test_customByte(self) -> None:
        """Bytes pass where frp's own byte comes before TLS, within the frames; and TLS is enough where it is wanted."""
        self.carries("transport.tls.force = true", "transport.tls.disableCustomTLSFirstByte = false")

    def test_forced(self) -> None:
        """A server that wants TLS refuses a client without it."""
        frps, port = self.frps("transport.tls.force = true")
        frpc = self.frpc(port, PLAIN + "loginFailExit = true")
        frps.wait("non-TLS connection received on a TlsOnly server")
        self.assertEqual(frpc.process.wait(20), 1)

    def test_sharedPort(self) -> None:
        """Users of http proxies come to the same port."""
        port = freePort()
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"

        def serve(connection: socket.socket) -> None:
            connection.recv(1 << 16)
            connection.sendall(answer)

        service = self.service(serve)
        self.frps(f"vhostHTTPPort = {port}", port)
        web = (
            f'[[proxies]]\nname = "web"\ntype = "http"\nlocalPort = {service.port}\ncustomDomains = ["a.example.com"]\n'
        )
        self.frpc(port, "", web).wait("start proxy success")
        for path in (b"/", b"/~", b"/~!fr"):
            with self.dial(port) as user:
                user.sendall(b"GET %b HTTP/1.1\r\nHost: a.example.com\r\nConnection: close\r\n\r\n" % path)
                self.assertTrue(user.makefile("rb").read().endswith(b"\r\n\r\nhello"))


class WSSTests(Tests):
    """
    A mix-in: what wss can besides.

    @cvar terminated: whether something stands before frps that undoes the TLS.
    """

    protocol = "wss"
    terminated = False

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority()

    def terminator(self, to: int) -> Terminator:
        """What undoes TLS, for the time of this test."""
        files = self.authority.fields("front", ["front.example"])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.certFile, files.keyFile)
        terminator = Terminator(context, to)
        self.addCleanup(terminator.close)
        return terminator

    def frpc(self, port: int, more: str = "", proxies: str = "", maker: str = "", wire: str = "") -> Program:
        if self.terminated:
            port = self.terminator(port).port
        return super().frpc(port, more, proxies, maker, wire)

    def test_off(self) -> None:
        """TLS is on, whatever the client's file says."""
        self.carries("", PLAIN)

    def test_verified(self) -> None:
        """A client checks the certificate; and where frps wants TLS, this is enough."""
        files = self.authority.fields("frps", ["front.example"])
        more = "" if self.terminated else "transport.tls.force = true\n"
        server = f'{more}transport.tls.certFile = "{files.certFile}"\ntransport.tls.keyFile = "{files.keyFile}"'
        trust = f'transport.tls.trustedCaFile = "{self.authority.caFile}"\n'
        self.carries(server, f'{trust}transport.tls.serverName = "front.example"')
        _, port = self.frps(server)
        frpc = self.frpc(port, f'{trust}transport.tls.serverName = "other.example"\nloginFailExit = true')
        frpc.wait("certificate is valid for front.example, not other.example")
        self.assertEqual(frpc.process.wait(20), 1)


class OurWebSocketTests(WebSocketTests):
    """Our frps with our frpc."""


class OurServerWebSocketTests(WebSocketTests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurClientWebSocketTests(WebSocketTests):
    """The reference's frps with our frpc."""

    server = "go"
    if MISSING:
        skip = MISSING


class OurWSSTests(WSSTests):
    """Our frps with our frpc."""


class OurServerWSSTests(WSSTests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurClientWSSTests(WSSTests):
    """The reference's frps, which needs something before it, with our frpc."""

    server = "go"
    terminated = True
    if MISSING:
        skip = MISSING


class TerminatedWSSTests(WSSTests):
    """Our frps with something before it, and our frpc."""

    terminated = True


# Only its subclasses are to run.
del Tests, WebSocketTests, WSSTests
