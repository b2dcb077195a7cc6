"""Where users find a proxy: what the log, the status and the pages say."""

from __future__ import annotations

from typing import Any

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.misbehaving import MisbehavingProxy

SERVER: dict[str, Any] = {
    "vhostHTTPPort": 8080,
    "vhostHTTPSPort": 443,
    "tcpmuxHTTPConnectPort": 1337,
    "subDomainHost": "example.com",
}


class AddressesTests(NetworkTestCase):
    """What both programs make of it together."""

    def found(self, type: str, public: dict[str, Any] | None = None, **keys: Any) -> list[str]:
        """@return: the addresses of one proxy of such a server."""
        self.network.server(**SERVER, public=public or {})
        table = {"name": "p", "type": type, "localPort": 80, **keys}
        client = self.network.client(user="ann", proxies=[table])
        return sessionOf(client).proxies["p"].addresses

    def test_ports(self) -> None:
        """A port of the server, at the address that the client dials."""
        self.assertEqual(self.found("tcp", remotePort=6000), ["tcp://127.0.0.1:6000"])
        self.assertEqual(self.logged("[ann.p] start proxy success: tcp://127.0.0.1:6000"), 0)
        self.assertEqual(self.logged("[p] start proxy success: tcp://127.0.0.1:6000"), 1)

    def test_datagrams(self) -> None:
        """A port for datagrams."""
        self.assertEqual(self.found("udp", remotePort=6000), ["udp://127.0.0.1:6000"])

    def test_sites(self) -> None:
        """Each domain once, with the port that a browser does not know, and with each location."""
        where: dict[str, Any] = {"subdomain": "demo", "customDomains": ["www.example.org"]}
        self.assertEqual(
            self.found("http", **where, locations=["/", "/pictures"]),
            [
                "http://www.example.org:8080",
                "http://www.example.org:8080/pictures",
                "http://demo.example.com:8080",
                "http://demo.example.com:8080/pictures",
            ],
        )

    def test_secure(self) -> None:
        """A port that a browser knows is left out."""
        self.assertEqual(self.found("https", subdomain="demo"), ["https://demo.example.com"])

    def test_connect(self) -> None:
        """A host to ask for by CONNECT."""
        found = self.found("tcpmux", multiplexer="httpconnect", subdomain="demo")
        self.assertEqual(found, ["tcpmux://demo.example.com:1337"])

    def test_visitors(self) -> None:
        """What has no place is found by its type and its name."""
        self.assertEqual(self.found("stcp", secretKey="x"), ["stcp:ann.p"])


class PublicTests(AddressesTests):
    """Servers that are called otherwise than they know; each is told as its server says."""

    public = {"host": "frps.example.net", "http": "https://{domain}", "https": "https://{domain}:8443"}

    def found(self, type: str, public: dict[str, Any] | None = None, **keys: Any) -> list[str]:
        return super().found(type, public or self.public, **keys)

    def test_ports(self) -> None:
        """The host of the ports."""
        self.assertEqual(self.found("tcp", remotePort=6000), ["tcp://frps.example.net:6000"])

    def test_datagrams(self) -> None:
        """The host of those for datagrams."""
        self.assertEqual(self.found("udp", remotePort=6000), ["udp://frps.example.net:6000"])

    def test_sites(self) -> None:
        """What stands before the gateway for HTTP."""
        self.assertEqual(self.found("http", subdomain="demo"), ["https://demo.example.com"])

    def test_secure(self) -> None:
        """What stands before the gateway for TLS."""
        self.assertEqual(self.found("https", subdomain="demo"), ["https://demo.example.com:8443"])

    def test_some(self) -> None:
        """What is not said is as the server has it, and the rest as the client knows it."""
        only = {"http": "https://{domain}"}
        self.assertEqual(self.found("tcp", only, remotePort=6001), ["tcp://127.0.0.1:6001"])


class BrokenTests(NetworkTestCase):
    """Kinds that do not know where they are."""

    def test_bug(self) -> None:
        """A proxy whose kind has a bug runs all the same: addresses are for people. The log has the bug."""

        def addresses(*arguments: object, **keys: object) -> list[str]:
            raise ZeroDivisionError

        kind = MisbehavingProxy()
        self.network.registry = kind.registry
        table = {"name": "p", "type": "tcp", "localPort": 80, "remotePort": 6000}
        kind.addresses = addresses  # type: ignore[method-assign]
        server = self.network.server()
        client = self.network.client(proxies=[table])
        running = sessionOf(client).proxies["p"]
        self.assertEqual((running.phase.value, list(running.addresses)), ("running", []))
        self.assertEqual(server.shared.names.held(), 1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
