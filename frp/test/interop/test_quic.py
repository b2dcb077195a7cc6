"""QUIC between our programs and the reference's."""

from __future__ import annotations

import hashlib
import socket
import threading

from frp.test.interop.pairings import ProgramsTestCase, proxyText
from frp.test.interop.programs import MISSING, PATIENCE, Program, freePort
from frp.test.interop.services import Service, echo, exchange, sayName
from frp.test.interop.test_udp import udpPort
from frp.test.sockets.authority import Authority

MIB = 1 << 20


class QUICTests(ProgramsTestCase):
    """A mix-in: what every pairing can do."""

    def pair(self, proxies: str, server: str = "", client: str = "") -> tuple[Program, Program, int]:
        """@return: frps, frpc, and the port for QUIC."""
        number = udpPort()
        frps, _ = self.frps(f"quicBindPort = {number}\n{server}")
        frpc = self.frpc(number, f'transport.protocol = "quic"\n{client}', proxies)
        frpc.wait("start proxy success")
        return frps, frpc, number

    def test_bulk(self) -> None:
        """Much goes both ways at once, whatever is done to it on its way."""
        service = self.service(echo)
        remote = {name: freePort() for name in ("plain", "encrypted")}
        more = {"plain": "", "encrypted": "transport.useEncryption = true\ntransport.useCompression = true"}
        _, frpc, _ = self.pair("".join(proxyText(name, service.port, remote[name], more[name]) for name in remote))
        for name, port in remote.items():
            frpc.wait(rf"\[{name}\] start proxy success")
            sent, back = self.exchange(port, 16 * MIB)
            self.assertEqual(sent, back)

    def test_many(self) -> None:
        """A hundred users at once have their own bytes."""
        service = self.service(echo)
        remote = freePort()
        self.pair(proxyText("many", service.port, remote))
        same: list[bool] = []

        def use(number: int) -> None:
            sent, back = exchange(remote, 50_000 + number)
            same.append(sent == back)

        users = [threading.Thread(target=use, args=(number,)) for number in range(100)]
        for user in users:
            user.start()
        for user in users:
            user.join(PATIENCE)
        self.assertEqual(same, [True] * 100)

    def test_hangsUp(self) -> None:
        """What a service says before it hangs up arrives, all of it."""
        service = self.service(lambda connection: connection.sendall(b"x" * (2 * MIB)))
        remote = freePort()
        self.pair(proxyText("short", service.port, remote))
        for _ in range(5):
            self.assertEqual(hashlib.sha256(self.said(remote)).digest(), hashlib.sha256(b"x" * (2 * MIB)).digest())

    def test_http(self) -> None:
        """An http proxy answers."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"

        def serve(connection: socket.socket) -> None:
            connection.recv(4096)
            connection.sendall(answer)

        service, door = self.service(serve), freePort()
        proxy = f'[[proxies]]\nname = "web"\ntype = "http"\nlocalPort = {service.port}\ncustomDomains = ["127.0.0.1"]\n'
        self.pair(proxy, f"vhostHTTPPort = {door}")
        with self.dial(door) as user:
            user.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            said = b""
            while piece := user.recv(4096):
                said += piece
        self.assertTrue(said.endswith(b"hello"), said)

    def test_udp(self) -> None:
        """Datagrams of a udp proxy come back."""
        local = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(local.close)
        local.bind(("127.0.0.1", 0))
        local.settimeout(PATIENCE)
        remote = udpPort()
        port = local.getsockname()[1]
        self.pair(f'[[proxies]]\nname = "d"\ntype = "udp"\nlocalPort = {port}\nremotePort = {remote}\n')
        user = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(user.close)
        user.settimeout(PATIENCE)
        for data in (b"first", bytes(range(250)) * 5):
            user.sendto(data, ("127.0.0.1", remote))
            heard, sender = local.recvfrom(65536)
            local.sendto(heard, sender)
            self.assertEqual(user.recv(65536), data)

    def test_serverRestarts(self) -> None:
        """A server that is stopped and comes back has its client back. The reference's does not say that it goes."""
        service = self.service(sayName(b"again"))
        remote = freePort()
        idle = "transport.quic.maxIdleTimeout = 4" if self.server == "go" else ""
        frps, frpc, number = self.pair(proxyText("stays", service.port, remote), "", idle)
        frps.terminate()
        self.frps(f"quicBindPort = {number}")
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")

    def test_serverDies(self) -> None:
        """
        One that is killed and started again says so to who asks whether it lives. The reference's is missed after the
        time of silence.
        """
        service = self.service(sayName(b"again"))
        remote = freePort()
        token = 'auth.token = "secret"'
        quic = "maxIdleTimeout = 4" if self.server == "go" else "keepalivePeriod = 2"
        frps, frpc, number = self.pair(
            proxyText("stays", service.port, remote), token, f"{token}\ntransport.quic.{quic}"
        )
        frps.kill()
        self.frps(f"quicBindPort = {number}\n{token}")
        frpc.wait("start proxy success", times=2)
        self.assertEqual(self.said(remote), b"again")

    def test_clientRestarts(self) -> None:
        """A client that stops and comes back has its port again."""
        service = self.service(sayName(b"again"))
        remote = freePort()
        frps, frpc, number = self.pair(proxyText("stays", service.port, remote))
        frpc.terminate()
        frps.wait("client exit success")
        again = self.frpc(number, 'transport.protocol = "quic"', proxyText("stays", service.port, remote))
        again.wait("start proxy success")
        self.assertEqual(self.said(remote), b"again")

    def test_certificates(self) -> None:
        """Both sides check the other's certificate; a client without one is refused, and a stranger as well."""
        authority = Authority()
        ours = authority.fields("frps", ["frps.test"])
        theirs = authority.fields("frpc", ["frpc.test"])
        other = Authority("Somebody else").fields("mallory", ["frpc.test"])
        trust = f'transport.tls.trustedCaFile = "{authority.caFile}"\n'
        files = 'transport.tls.certFile = "{0.certFile}"\ntransport.tls.keyFile = "{0.keyFile}"\n'.format
        named = 'transport.tls.serverName = "frps.test"\n'
        service: Service = self.service(echo)
        remote = freePort()
        frps, _, number = self.pair(
            proxyText("safe", service.port, remote), trust + files(ours), trust + named + files(theirs)
        )
        sent, back = self.exchange(remote, MIB)
        self.assertEqual(sent, back)
        once = 'transport.protocol = "quic"\nloginFailExit = true\n'
        for client in (named, named + files(other), trust + files(theirs)):
            refused = self.frpc(number, once + trust + client if client != named else once + named)
            self.assertEqual(refused.process.wait(PATIENCE), 1)
        if self.server == "ours":
            frps.wait("client didn't provide a certificate")
            frps.wait("does not vouch for the client's certificate")


class OursTests(QUICTests):
    """Our frps with our frpc."""


class OurServerTests(QUICTests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurClientTests(QUICTests):
    """The reference's frps with our frpc."""

    server = "go"
    if MISSING:
        skip = MISSING


class OurServerOverIPv6Tests(OurServerTests):
    """The same where frps is bound to every address. The reference's client speaks IPv4 only."""

    bound = "::"


class OursOverIPv6Tests(OursTests):
    """Ours where clients come by IPv6."""

    bound = "::"
    host = "::1"


# Only its subclasses are to run.
del QUICTests
