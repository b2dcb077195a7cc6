"""The gateways keep what every gateway promises."""

from __future__ import annotations

from typing import Any

from frp.test.server import lines
from frp.test.server.test_gateways import LINES, TABLED, registry
from frp.test.wire.hellos import clientHello, record
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import GatewayContract

HOST = "0.example.com"


class EchoTests(GatewayContract, NetworkTestCase):
    """Proxies whose services say back what they hear."""

    table: dict[str, Any] = {}
    said = b""
    heard = b""

    def proxy(self, number: int) -> dict[str, Any]:
        """The first one is the one that is used."""
        port = self.network.echo().port
        domains = [f"{number}.example.com"]
        return {"name": str(number), "localPort": port, "customDomains": domains, **self.table}

    def use(self) -> None:
        """Say whom we want."""
        user = self.network.user(self.port)
        user.send(self.said + b"hello")
        self.network.advance(1)
        self.assertEqual(user.received, self.heard + b"hello")
        user.close()
        self.network.advance(1)


class HTTPSTests(EchoTests):
    """Users who speak TLS."""

    name = "https"
    table = {"type": "https"}
    port = 8443
    serverSettings = {"vhostHTTPSPort": 8443}
    beginning = b"\x16\x03\x01\x02\x00\x01\x00"
    said = heard = record(clientHello(HOST.encode()))


class TCPMuxTests(EchoTests):
    """Users who say CONNECT."""

    name = "tcpmux"
    table = {"type": "tcpmux", "multiplexer": "httpconnect"}
    port = 5002
    serverSettings = {"tcpmuxHTTPConnectPort": 5002}
    beginning = b"CONNECT a.org:22 HTTP/1.1\r\nX: "
    said = b"CONNECT %b:22 HTTP/1.1\r\n\r\n" % HOST.encode()
    heard = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class ForeignTests(EchoTests):
    """Users of somebody else's gateway."""

    registry = registry(LINES)
    name = "lines"
    port = lines.PORT
    beginning = b"a"
    said = b"0\n"

    def proxy(self, number: int) -> dict[str, Any]:
        """Its name is what users say."""
        return {"name": str(number), "type": "line", "localPort": self.network.echo().port}


class TabledTests(ForeignTests):
    """Users of somebody else's gateway that has a table."""

    registry = registry(TABLED)
    port = 7001
    serverSettings = {"gateways": [{"type": "lines", "name": "front", "port": 7001}]}


# Only its subclasses are to run.
del EchoTests
