"""The plugin that ends TLS."""

from __future__ import annotations

from pathlib import Path

from frp.client.running import Phase
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import clientContext
from frp.test.sockets.authority import Authority, Fields, shown
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import User
from frp.wire.proxyprotocol import encode


class TLS2RawTests(ClientPluginContract, NetworkTestCase):
    """Users speak TLS, the service does not."""

    name = "tls2raw"

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority()
        self.fields = self.authority.fields("service", ["service.test"])
        self.echo = self.network.echo()
        self.table = {
            "localAddr": f"127.0.0.1:{self.echo.port}",
            "crtPath": self.fields.certFile,
            "keyPath": self.fields.keyFile,
        }

    def secured(self) -> User:
        """@return: a user who trusts the authority and knows the service's name."""
        fields = Fields(trustedCaFile=self.authority.caFile, serverName="service.test")
        below, user = self.network.user(self.port), User()
        self.below = below
        layer = startTLS(below.transport, clientContext(fields, ""), self.network.reactor, user)
        layer.ready.addErrback(lambda failure: setattr(user, "refused", failure))
        self.network.advance(0.1)
        return user

    def use(self) -> None:
        user = self.secured()
        self.assertIsNone(user.refused)
        data = bytes(range(250)) * 1000
        user.send(data)
        self.network.advance(3)
        self.assertEqual(user.received, data)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)

    def test_generated(self) -> None:
        """Without files a certificate is generated."""
        self.start(crtPath="", keyPath="")
        below, user = self.network.user(self.port), User()
        layer = startTLS(below.transport, clientContext(Fields(), "service.test"), self.network.reactor, user)
        self.network.advance(0.1)
        user.send(b"hello")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello")
        self.assertNotEqual(shown(layer), self.authority.certificates["service"])

    def test_badPair(self) -> None:
        """A certificate that cannot be used shows as start error, is tried again, and runs when it was mended."""
        other = self.authority.fields("other")
        self.network.server()
        client = self.network.client(proxies=[self.tables(keyPath=other.keyFile)])
        running = sessionOf(client).proxies["p"]
        self.assertEqual(
            (running.phase, running.error), (Phase.START_ERROR, "tls: private key does not match public key")
        )
        self.assertEqual(self.network.servers[0].shared.names.held(), 0)
        Path(other.keyFile).write_bytes(Path(self.fields.keyFile).read_bytes())
        self.network.advance(31)
        self.assertIs(running.phase, Phase.RUNNING)
        self.use()

    def test_badAddress(self) -> None:
        """So does an address without a port."""
        self.network.server()
        client = self.network.client(proxies=[self.tables(localAddr="localhost")])
        self.assertEqual(sessionOf(client).proxies["p"].error, "address localhost: missing port in address")

    def test_saysWhoTheUserIs(self) -> None:
        """With proxyProtocolVersion the service learns the user's address first."""
        self.start(transport={"proxyProtocolVersion": "v2"})
        user = self.secured()
        user.send(b"hello")
        self.network.settle()
        source = ("127.0.0.1", self.below.transport.getHost().port)
        self.assertEqual(user.received, encode("v2", source, ("127.0.0.1", 6000)) + b"hello")

    def test_nobodyThere(self) -> None:
        """A user whose service does not answer is dropped, and the log says why."""
        self.network.refuse(self.echo.port)
        self.start()
        user = self.secured()
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("dial to local addr error"), 1)
        user.abort()

    def test_noTLS(self) -> None:
        """A user who does not speak TLS, or says nothing for a minute, reaches nobody."""
        self.start()
        user = self.network.user(self.port)
        user.send(b"GET / HTTP/1.1\r\n\r\n")
        self.network.advance(0.1)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("tls handshake error"), 1)
        silent = self.network.user(self.port)
        self.network.advance(59)
        self.assertFalse(silent.closed)
        self.network.advance(2)
        self.assertTrue(silent.closed)
        self.assertEqual(self.echo.users, [])
