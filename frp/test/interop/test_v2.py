"""What only version 2 of the wire can do, and both versions beside each other, with the reference's programs."""

from __future__ import annotations

import json
import socket
from urllib.request import urlopen

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import carry
from frp.test.interop.pairings import PAIRINGS, proxyText, varied
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import sayName


class V2Tests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

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

    def test_reload(self) -> None:
        """Proxies come and go in a session that stays."""
        service = self.service(sayName(b"mine"))
        first, second, admin = freePort(), freePort(), freePort()
        _frps, port = self.frps()
        web = f"webServer.port = {admin}\n"
        frpc = self.frpc(port, web, proxyText("first", service.port, first))
        frpc.wait(r"\[first\] start proxy success")
        frpc.configure(self.pairing.clientText(port, web, proxyText("second", service.port, second)))
        with urlopen(f"http://127.0.0.1:{admin}/api/reload", timeout=PATIENCE) as answer:
            self.assertEqual(answer.status, 200)
        frpc.wait(r"\[second\] start proxy success")
        self.assertEqual(self.said(second), b"mine")
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
            self.assertEqual(self.said(remote), b"mine")
        with urlopen(f"http://127.0.0.1:{web}/api/clients", timeout=PATIENCE) as answer:
            shown = json.load(answer)
        self.assertEqual({one["clientID"]: one["wireProtocol"] for one in shown}, {"v1": "v1", "v2": "v2"})

    def test_token(self) -> None:
        """What is sealed depends on the token as well."""
        token = 'auth.token = "a token"'
        carry(self.stage, token, token)


globals().update(V2Tests.makeTestCaseClasses(*varied(PAIRINGS, wire="v2")))
