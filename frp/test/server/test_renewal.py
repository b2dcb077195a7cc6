"""Certificates that are renewed while frps runs."""

from __future__ import annotations

from frp.client.service import FRPClient
from frp.errors import ConfigError
from frp.test.server.nodes import Node, NodesCase
from frp.test.sockets.authority import Authority, Fields
from frp.testing.cases import NetworkTestCase


class RenewalTests(NetworkTestCase):
    """Two authorities, and clients that trust one of them."""

    def setUp(self) -> None:
        super().setUp()
        self.old, self.new = Authority("Old"), Authority("New")
        old = self.fields(self.old)
        tls = {"certFile": old.certFile, "keyFile": old.keyFile}
        self.server = self.network.server(quicBindPort=7001, transport={"tls": tls})

    def fields(self, authority: Authority) -> Fields:
        """A certificate for frps."""
        return authority.fields("frps", names=["frps.example"])

    def renew(self, fields: Fields) -> None:
        """Let these count."""
        renew = self.server.renewal(fields)
        assert renew is not None
        renew()

    def client(self, authority: Authority, protocol: str) -> FRPClient:
        """Somebody who takes only what this one has signed."""
        tls = {"enable": True, "trustedCaFile": authority.caFile, "serverName": "frps.example"}
        return self.network.client(
            serverPort=7001 if protocol == "quic" else 7000, transport={"protocol": protocol, "tls": tls}
        )

    def test_renewed(self) -> None:
        """Who comes from then on is shown the new one, by every transport; who is there stays."""
        there = self.client(self.old, "tcp"), self.client(self.old, "quic")
        self.renew(self.fields(self.new))
        for protocol in ("tcp", "quic"):
            self.assertIsNotNone(self.client(self.new, protocol).session)
            self.assertIn(self.client(self.old, protocol), self.network.failures)
        self.assertNotIn(None, [client.session for client in there])

    def test_notYet(self) -> None:
        """A renewal that is prepared changes nothing."""
        self.server.renewal(self.fields(self.new))
        self.assertIsNotNone(self.client(self.old, "tcp").session)

    def test_unusable(self) -> None:
        """Nor does one that cannot be used, and that says so."""
        error = self.assertRaises(ConfigError, self.server.renewal, Fields("/no/cert", "/no/key"))
        self.assertEqual(error.path, "transport.tls.certFile")
        self.assertIsNotNone(self.client(self.old, "tcp").session)

    def test_clientsKnown(self) -> None:
        """With other authorities other clients are let in."""
        mine = self.fields(self.new)
        self.renew(Fields(mine.certFile, mine.keyFile, self.new.caFile))
        self.assertIn(self.client(self.new, "tcp"), self.network.failures)
        own = self.new.fields("client")
        tls = {"enable": True, "certFile": own.certFile, "keyFile": own.keyFile}
        self.assertIsNotNone(self.network.client(serverPort=7000, transport={"tls": tls}).session)

    def test_none(self) -> None:
        """Where no file is named any more, the last certificate stays."""
        self.assertIsNone(self.server.renewal(Fields()))
        self.assertIsNotNone(self.client(self.old, "tcp").session)


class LinkRenewalTests(NodesCase):
    """Two nodes that know each other by certificates."""

    def setUp(self) -> None:
        super().setUp()
        self.old, self.new = Authority("Old"), Authority("New")
        self.a, self.b = self.pair(tls=self.fields(self.old))

    def fields(self, authority: Authority) -> Fields:
        """A certificate for a node, which takes others of the same authority."""
        mine = authority.fields("node")
        return Fields(mine.certFile, mine.keyFile, authority.caFile)

    def renew(self, node: Node) -> None:
        """Let it have a certificate of the new authority."""
        renew = node.way.renewal(self.fields(self.new))
        assert renew is not None
        renew()

    def test_renewed(self) -> None:
        """A session that is up stays; the next one is made with what is new, by who dials and by who answers."""
        self.renew(self.a)
        self.reactor.spend(5)
        self.assertEqual(self.a.links.reachable, {"b"})
        self.way(self.b).cut()
        self.reactor.spend(5)
        self.assertEqual(self.a.links.reachable, set())
        self.renew(self.b)
        self.reactor.spend(5)
        self.assertEqual(self.a.links.reachable, {"b"})

    def test_unusable(self) -> None:
        """What cannot be read changes nothing, and says where it stands."""
        error = self.assertRaises(ConfigError, self.a.way.renewal, Fields("/no/cert", "/no/key"))
        self.assertEqual(error.path, "cluster.tls.certFile")

    def test_none(self) -> None:
        """Nor do no files."""
        self.assertIsNone(self.a.way.renewal(Fields()))
