"""Tunnels over KCP, with the reference's programs and with ours at either end."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

from frp.test.interop.pairings import ProgramsTestCase, proxyText
from frp.test.interop.programs import MISSING, PATIENCE, Program, freePort
from frp.test.interop.services import echo, sayName
from frp.test.interop.test_udp import bound, udpPort

MIB = 1 << 20

PROTOCOL = 'transport.protocol = "kcp"\n'
PLAIN = "transport.tls.enable = false\n"
ALONE = "transport.tcpMux = false\n"


class KCPTests(ProgramsTestCase):
    """A mix-in: what every pairing of the two programs can do."""

    def frps(self, more: str = "", port: int = 0) -> tuple[Program, int]:
        """@return: a server whose two ports have one number."""
        port = port or udpPort()
        return super().frps(f"kcpBindPort = {port}\n{more}", port)

    def frpc(self, port: int, more: str = "", proxies: str = "", maker: str = "", wire: str = "") -> Program:
        """@return: a client that uses KCP."""
        return super().frpc(port, PROTOCOL + more, proxies, maker, wire)

    def carries(self, server: str, client: str) -> None:
        """Bytes pass unharmed, both ways at once, for many users at once."""
        service = self.service(echo)
        _, port = self.frps(server)
        remote = freePort()
        self.frpc(port, client, proxyText("p", service.port, remote)).wait("start proxy success")
        sent, back = self.exchange(remote, 3 * MIB)
        self.assertEqual(sent, back)
        with ThreadPoolExecutor(8) as users:
            outcomes = list(users.map(lambda _: self.exchange(remote, MIB // 16), range(24)))
        self.assertTrue(all(sent == back for sent, back in outcomes))

    def test_tls(self) -> None:
        """In the default configuration."""
        self.carries("", "")

    def test_plain(self) -> None:
        """Without TLS."""
        self.carries("", PLAIN)

    def test_customByte(self) -> None:
        """With frp's own byte before TLS."""
        self.carries("", "transport.tls.disableCustomTLSFirstByte = false\n")

    def test_forced(self) -> None:
        """A server that wants TLS refuses a client without it."""
        frps, port = self.frps("transport.tls.force = true")
        self.frpc(port, PLAIN)
        frps.wait("non-TLS connection received on a TlsOnly server")

    def alone(self, client: str) -> None:
        """
        A conversation for each user. The reference never says that one has ended, so the user is the one who leaves.
        """
        service = self.service(echo)
        _, port = self.frps(ALONE)
        remote = freePort()
        self.frpc(port, ALONE + client, proxyText("p", service.port, remote)).wait("start proxy success")
        for _ in range(3):
            with self.dial(remote) as user:
                for data in (b"hello", bytes(range(256)) * 1024):
                    user.sendall(data)
                    back = b""
                    while len(back) < len(data):
                        back += user.recv(1 << 16)
                    self.assertEqual(back, data)

    def test_alone(self) -> None:
        """Where nothing is multiplexed."""
        self.alone("")

    def test_aloneAndPlain(self) -> None:
        """The same without TLS."""
        self.alone(PLAIN)

    def test_datagrams(self) -> None:
        """A udp proxy."""
        with bound() as service:
            service.settimeout(PATIENCE)
            _, port = self.frps()
            remote = udpPort()
            local = service.getsockname()[1]
            proxy = f'[[proxies]]\nname = "u"\ntype = "udp"\nlocalPort = {local}\nremotePort = {remote}\n'
            self.frpc(port, "", proxy).wait("start proxy success")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
                user.settimeout(PATIENCE)
                user.connect(("127.0.0.1", remote))
                for data in (b"first", bytes(range(250)) * 5):
                    user.send(data)
                    came, back = service.recvfrom(65536)
                    service.sendto(came, back)
                    self.assertEqual(user.recv(65536), data)

    def test_http(self) -> None:
        """An http proxy."""

        def answer(connection: socket.socket) -> None:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

        service = self.service(answer)
        door = freePort()
        _, port = self.frps(f"vhostHTTPPort = {door}")
        proxy = f'[[proxies]]\nname = "h"\ntype = "http"\nlocalPort = {service.port}\ncustomDomains = ["h.test"]\n'
        self.frpc(port, "", proxy).wait("start proxy success")
        with self.dial(door) as user:
            user.sendall(b"GET / HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n")
            self.assertTrue(user.makefile("rb").read().endswith(b"\r\n\r\nhello"))

    def test_stoppedClient(self) -> None:
        """A client that is told to stop gives its ports back, though nothing says that its session is over."""
        service = self.service(sayName(b"x"))
        frps, port = self.frps()
        frpc = self.frpc(port, "", proxyText("gone", service.port, freePort()))
        frpc.wait("start proxy success")
        frpc.terminate()
        frps.wait(r"close proxy \[gone\] success")

    def test_restartedClient(self) -> None:
        """A client that was killed comes back, and takes the place of what the server still believes in."""
        service = self.service(sayName(b"back"))
        _, port = self.frps()
        first, second = freePort(), freePort()
        frpc = self.frpc(port, "", proxyText("kept", service.port, first))
        frpc.wait("start proxy success")
        frpc.kill()
        self.frpc(port, "", proxyText("new", service.port, second)).wait("start proxy success")
        self.assertEqual(self.said(second), b"back")


class OursTests(KCPTests):
    """Our frps with our frpc, which tell each other of ends."""

    def test_ends(self) -> None:
        """Where nothing is multiplexed, too, an end is told, and all before it arrives."""
        service = self.service(lambda connection: connection.sendall(b"x" * MIB))
        _, port = self.frps(ALONE)
        remote = freePort()
        self.frpc(port, ALONE, proxyText("p", service.port, remote)).wait("start proxy success")
        self.assertEqual(len(self.said(remote)), MIB)

    def test_restartedServer(self) -> None:
        """A client whose server was killed finds the next one at once: that one does not know it."""
        service = self.service(sayName(b"again"))
        frps, port = self.frps()
        remote = freePort()
        frpc = self.frpc(port, "", proxyText("stays", service.port, remote))
        frpc.wait("start proxy success")
        frps.kill()
        self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")


class OurServerTests(KCPTests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurClientTests(KCPTests):
    """The reference's frps with our frpc."""

    server = "go"
    if MISSING:
        skip = MISSING


class OurServerOverIPv6Tests(OurServerTests):
    """The same where clients and users come by IPv6; frps is bound to every address."""

    bound = "::"
    host = "::1"


class OurClientOverIPv6Tests(OurClientTests):
    """The same for our frpc."""

    bound = "::"
    host = "::1"


# Only its subclasses are to run.
del KCPTests
