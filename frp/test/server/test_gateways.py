"""The doors of a server that proxies share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.errors import ConfigError, PortTaken
from frp.interfaces import IAuthenticatorKind, IGatewayKind, IGatewaySite, IProxyKind, ITunnelTransport
from frp.kinds import Contribution, Registry
from frp.test.server.lines import PORT
from frp.testing.cases import NetworkTestCase
from frp.testing.network import User

LINES = Contribution(IGatewayKind, "lines", "by the first line", "frp.test.server.lines.Lines")
TABLED = Contribution(IGatewayKind, "lines", "by the first line", "frp.test.server.lines.TabledLines")
HTTPS = Contribution(IGatewayKind, "https", "as frp has it", "frp.gateways.https.HTTPS")


@implementer(IGatewayKind)
class Broken:
    """A gateway that cannot be made."""

    def gateway(self, config: Any, site: Any) -> Any:
        """It has a bug."""
        return site.noSuchThing


@implementer(IGatewayKind)
class Unwanted:
    """A gateway that nobody has asked for."""

    def gateway(self, config: Any, site: Any) -> Any:
        """The configuration says nothing of it."""
        verifyObject(IGatewaySite, site)


def registry(*more: Contribution) -> Registry:
    """Knows what the tests need."""
    builtIn = Registry().contributions
    found = [c for family in (IAuthenticatorKind, ITunnelTransport) for c in builtIn(family)]
    line = Contribution(IProxyKind, "line", "by the first line", "frp.test.server.lines.Line")
    return Registry(find=lambda: [*found, line, *more])


class GatewayTests(NetworkTestCase):
    """A gateway and its proxies, as somebody else would write them."""

    registry = registry(LINES)

    def says(self, name: bytes) -> Callable[[User, bytes], None]:
        """@return: the answer of a service that says its name and what it hears."""
        return lambda user, data: user.send(name + data)

    def start(self) -> None:
        """Two services, of two clients."""
        for name in "ab":
            service = self.network.service(self.says(name.encode()))
            self.network.client(proxies=[{"name": name, "type": "line", "localPort": service.port}])

    def test_use(self) -> None:
        """Its users reach the proxy that they ask for, with all that they have sent."""
        self.network.server()
        self.start()
        users = [self.network.user(PORT) for _ in range(2)]
        for user, name in zip(users, (b"a", b"b"), strict=True):
            user.send(name + b"\nhello")
        self.network.settle()
        self.assertEqual([user.received for user in users], [b"ahello", b"bhello"])
        stranger = self.network.user(PORT)
        stranger.send(b"c\n")
        self.network.settle()
        self.assertTrue(stranger.closed)

    def test_portTaken(self) -> None:
        """The server does not start without a port that it was told to open."""
        self.network.reactor.taken.add(PORT)
        error: PortTaken = self.assertRaises(PortTaken, self.network.server)
        self.assertEqual(
            error.brief, f"create server listener error, listen tcp 0.0.0.0:{PORT}: bind: address already in use"
        )

    def test_stop(self) -> None:
        """When the server stops the port is closed at once, and users that are served have their time."""
        server = self.network.server(gracePeriod=10)
        self.start()
        user = self.network.user(PORT)
        user.send(b"a\nhello")
        self.network.settle()
        stopped = server.stopService()
        self.network.advance(5)
        self.assertIsNotNone(self.network.user(PORT).refused)
        user.send(b"again")
        self.network.settle()
        self.assertEqual(user.received, b"ahelloaagain")
        user.close()
        self.network.advance(0)
        self.assertTrue(stopped.called)

    def test_shared(self) -> None:
        """On bindPort it gets the connections that begin as it has said, and clients come as before."""
        self.network.server(bindPort=PORT)
        self.network.client(
            proxies=[{"name": "@a", "type": "line", "localPort": self.network.echo().port}], serverPort=PORT
        )
        user = self.network.user(PORT)
        user.send(b"@a\nhello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")


class TabledGatewayTests(NetworkTestCase):
    """A gateway that is made for each of its tables."""

    registry = registry(TABLED, HTTPS)

    def proxy(self, name: str, door: str = "") -> str:
        """@return: what is wrong with a proxy of this name; it wants this gateway."""
        metas = {"metadatas": {"door": door}} if door else {}
        service = self.network.service(lambda user, data: user.send(name.encode() + data))
        table = {"name": name, "type": "line", "localPort": service.port, **metas}
        client = self.network.client(proxies=[table])
        assert client.session is not None
        return client.session.proxies[name].error

    def use(self, port: int, name: str) -> bytes:
        """@return: what a user of this port gets, who asks for this name."""
        user = self.network.user(port)
        user.send(name.encode() + b"\nhello")
        self.network.settle()
        return user.received

    def test_none(self) -> None:
        """Without a table no port is opened, however many packages with gateways are installed."""
        self.network.server()
        self.assertIsNotNone(self.network.user(PORT).refused)
        self.assertEqual(self.proxy("a"), "the server has no lines gateway")

    def test_one(self) -> None:
        """It has the keys of its table, and proxies find it by its type, whatever it is called."""
        self.network.server(gateways=[{"type": "lines", "name": "front", "port": 7001}])
        self.assertEqual(self.proxy("a"), "")
        self.assertEqual(self.proxy("b", "front"), "")
        self.assertEqual([self.use(7001, "a"), self.use(7001, "b")], [b"ahello", b"bhello"])

    def test_two(self) -> None:
        """Two tables of one type are two gateways, which proxies tell apart by their names."""
        tables = [{"type": "lines", "port": 7001}, {"type": "lines", "name": "back", "port": 7002}]
        self.network.server(gateways=tables)
        self.assertEqual([self.proxy("a"), self.proxy("b", "back")], ["", ""])
        self.assertEqual([self.use(7001, "a"), self.use(7002, "b")], [b"ahello", b"bhello"])
        self.assertEqual([self.use(7002, "a"), self.use(7001, "b")], [b"", b""])

    def test_which(self) -> None:
        """A proxy that does not say which of two it wants is told their names."""
        names = {"front": 7001, "back": 7002}
        self.network.server(gateways=[{"type": "lines", "name": name, "port": port} for name, port in names.items()])
        self.assertEqual(self.proxy("a"), "the server has 2 lines gateways: front, back")

    def test_nameOfAnother(self) -> None:
        """None may be called like one that the server has without a table."""
        gateways = [{"type": "lines", "name": "https"}]
        error = self.assertRaises(ConfigError, self.network.server, vhostHTTPSPort=443, gateways=gateways)
        self.assertEqual(error.path, "gateways[0].name")

    def test_portTaken(self) -> None:
        """The server does not start without one that was asked for."""
        self.network.reactor.taken.add(7001)
        self.assertRaises(PortTaken, self.network.server, gateways=[{"type": "lines", "port": 7001}])


class BrokenGatewayTests(NetworkTestCase):
    """Gateways that are not there."""

    registry = registry(
        Contribution(IGatewayKind, "broken", "has a bug", "frp.test.server.test_gateways.Broken"),
        Contribution(IGatewayKind, "missing", "is not there", "frp.test.server.test_gateways.Missing"),
        Contribution(IGatewayKind, "unwanted", "is off", "frp.test.server.test_gateways.Unwanted"),
        LINES,
    )

    def test_others(self) -> None:
        """One that is broken is told of, and all others are open."""
        self.network.server()
        self.assertIsNone(self.network.user(PORT).refused)
        self.assertEqual(self.logged("the gateway broken is not open"), 1)
        self.assertEqual(self.logged("the gateway missing is not open: "), 1)
        self.assertEqual(self.logged("the gateway unwanted"), 0)
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)


class NoGatewayTests(NetworkTestCase):
    """A proxy whose gateway is not there."""

    registry = registry()

    def test_refused(self) -> None:
        """It is refused with a reason, and its name is free."""
        server = self.network.server()
        client = self.network.client(proxies=[{"name": "a", "type": "line", "localPort": 22}])
        assert client.session is not None
        self.assertEqual(client.session.proxies["a"].error, "the server has no lines gateway")
        self.assertEqual(server.shared.names.held(), 0)
