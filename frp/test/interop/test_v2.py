"""What only version 2 of the wire can do, and both versions beside each other, with the reference's programs."""

from __future__ import annotations

import json
import socket
import threading
from urllib.request import urlopen

from frp.test.interop.pairings import ProgramsTestCase, clientText, proxyText
from frp.test.interop.programs import MISSING, PATIENCE, freePort
from frp.test.interop.services import ask, echo, exchange, sayName

MIB = 1 << 20


class V2Tests(ProgramsTestCase):
    """A mix-in: what every pairing of the two programs can do."""

    wire = "v2"

    def test_large(self) -> None:
        """A login, a proxy and a datagram that version 1 could not carry."""
        service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        service.bind(("127.0.0.1", 0))
        service.settimeout(PATIENCE)
        self.addCleanup(service.close)
        remote = freePort()
        _frps, port = self.frps("udpPacketSize = 45000")
        note = "x" * 20_000
        proxy = (
            f'[[proxies]]\nname = "large"\ntype = "udp"\nlocalPort = {service.getsockname()[1]}\n'
            f'remotePort = {remote}\nmetadatas.note = "{note}"\n'
        )
        frpc = self.frpc(port, f'udpPacketSize = 45000\nmetadatas.note = "{note}"', proxy)
        frpc.wait("start proxy success")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
            user.settimeout(PATIENCE)
            user.connect(("127.0.0.1", remote))
            sent = bytes(range(250)) * 160
            user.send(sent)
            data, at = service.recvfrom(65536)
            self.assertEqual(data, sent)
            service.sendto(data[::-1], at)
            self.assertEqual(user.recv(65536), sent[::-1])

    def test_manyStreams(self) -> None:
        """Many users at once, each of whom sends much both ways."""
        service = self.service(echo)
        remote = freePort()
        _frps, port = self.frps()
        self.frpc(port, "", proxyText("many", service.port, remote)).wait("start proxy success")
        found: list[tuple[str, str]] = []
        users = [threading.Thread(target=lambda: found.append(exchange(remote, MIB))) for _ in range(20)]
        for user in users:
            user.start()
        for user in users:
            user.join(3 * PATIENCE)
        self.assertEqual(len(found), 20)
        self.assertEqual([sent for sent, _ in found], [back for _, back in found])

    def test_reload(self) -> None:
        """Proxies come and go in a session that stays."""
        service = self.service(sayName(b"mine"))
        first, second, admin = freePort(), freePort(), freePort()
        _frps, port = self.frps()
        web = f"webServer.port = {admin}\n"
        frpc = self.frpc(port, web, proxyText("first", service.port, first))
        frpc.wait(r"\[first\] start proxy success")
        wire = f'transport.wireProtocol = "{self.wire}"\n'
        frpc.configure(clientText(port, wire + web, proxyText("second", service.port, second)))
        with urlopen(f"http://127.0.0.1:{admin}/api/reload", timeout=PATIENCE) as answer:
            self.assertEqual(answer.status, 200)
        frpc.wait(r"\[second\] start proxy success")
        self.assertEqual(ask(second), b"mine")
        self.assertEqual(sum("login to server success" in line for line in frpc.lines), 1)

    def test_beside(self) -> None:
        """Clients of both versions have one server, which tells which one each speaks."""
        service = self.service(sayName(b"mine"))
        web = freePort()
        _frps, port = self.frps(f"webServer.port = {web}")
        for wire in ("v1", "v2"):
            remote = freePort()
            frpc = self.frpc(port, f'clientID = "{wire}"', proxyText(wire, service.port, remote), wire=wire)
            frpc.wait("start proxy success")
            self.assertEqual(ask(remote), b"mine")
        with urlopen(f"http://127.0.0.1:{web}/api/clients", timeout=PATIENCE) as answer:
            shown = json.load(answer)
        self.assertEqual({one["clientID"]: one["wireProtocol"] for one in shown}, {"v1": "v1", "v2": "v2"})

    def test_withoutTLS(self) -> None:
        """What is sealed does not depend on TLS, on multiplexing, or on a token."""
        service = self.service(echo)
        for server, client in [
            ("transport.tcpMux = false", "transport.tcpMux = false\ntransport.tls.enable = false"),
            ('auth.token = "a token"', 'auth.token = "a token"\ntransport.tls.enable = false'),
        ]:
            remote = freePort()
            _frps, port = self.frps(server)
            frpc = self.frpc(port, client, proxyText("sealed", service.port, remote))
            frpc.wait("start proxy success")
            sent, back = self.exchange(remote, MIB)
            self.assertEqual(sent, back)


class OursTests(V2Tests):
    """Our frps with our frpc."""


class OurServerTests(V2Tests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurClientTests(V2Tests):
    """The reference's frps with our frpc."""

    server = "go"
    if MISSING:
        skip = MISSING


# Only its subclasses are to run.
del V2Tests
