"""Client plugins that break, wherever they can."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.running import Phase
from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.interfaces import IClientPlugin
from frp.kinds import Contribution, Registry
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf


class Fault(Exception):
    """What a plugin raises."""


@table
class BreakingConfig(PluginConfig):
    """Nothing to say."""


class Breaking(Protocol):
    """Says hello, and back what it hears."""

    transport: Any

    def makeConnection(self, transport: Any) -> None:
        Kind.reach("makeConnection")
        super().makeConnection(transport)

    def connectionMade(self) -> None:
        Kind.reach("connectionMade")
        self.transport.write(b"hello ")

    def dataReceived(self, data: bytes) -> None:
        Kind.reach("dataReceived")
        self.transport.write(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        Kind.reach("connectionLost")


class Users(Factory):
    """Builds them."""

    noisy = False

    def startFactory(self) -> None:
        Kind.reach("startFactory")

    def stopFactory(self) -> None:
        Kind.reach("stopFactory")

    def buildProtocol(self, addr: Any) -> Any:
        Kind.reach("buildProtocol")
        instead: Any = {"no protocol": None, "nonsense": 5}
        return instead.get(Kind.where, Breaking())


@implementer(IClientPlugin)
class Kind:
    """
    Breaks in one place.

    @cvar where: the place.
    """

    schema = BreakingConfig
    examples = ('type = "breaking"\n',)
    where = ""

    @classmethod
    def reach(cls, place: str) -> None:
        """Here we are."""
        if cls.where == place:
            raise Fault(place)

    def factory(self, config: Any, site: Any) -> Any:
        self.reach("factory")
        return None if self.where == "no factory" else Users()


class FaultTests(NetworkTestCase):
    """A plugin breaks."""

    def setUp(self) -> None:
        breaking = Contribution(IClientPlugin, "breaking", "for tests", f"{__name__}.Kind")
        self.registry = Registry(find=lambda: [*Registry().contributions(), breaking])
        super().setUp()
        self.network.server()
        self.proxy = {"name": "p", "type": "tcp", "remotePort": 6000, "plugin": {"type": "breaking"}}
        other = {"name": "q", "type": "tcp", "remotePort": 6001, "localPort": self.network.echo().port}
        self.other = other
        Kind.where = ""

    def breaks(self, where: str, *, starts: bool) -> None:
        """Have a proxy and a user while it breaks there, and others besides and afterwards, who must not notice."""
        Kind.where = where
        client = self.network.client(proxies=[self.proxy, self.other])
        running = sessionOf(client).proxies["p"]
        self.assertIs(running.phase, Phase.RUNNING if starts else Phase.START_ERROR)
        users = [self.network.user(6001), *([self.network.user(6000)] if starts else [])]
        for user in users:
            user.send(b"there")
        self.network.settle()
        self.assertEqual(users[0].received, b"there")
        for user in users:
            user.abort()
        self.network.settle()
        self.assertEqual(len(client.flowing), 0)
        client.update([])
        self.network.settle()
        Kind.where = ""
        client.update(self.network.proxies(self.proxy))
        self.network.settle()
        user = self.network.user(6000)
        user.send(b"again")
        self.network.settle()
        self.assertEqual(user.received, b"hello again")
        self.flushLoggedErrors()
        client.stopService()
        self.network.advance(1)

    def test_beforeTheFirstUser(self) -> None:
        """What cannot be made or started shows as start error, harms no other proxy, and can be mended by a reload."""
        for where in ("factory", "no factory", "startFactory"):
            self.breaks(where, starts=False)

    def test_withUsers(self) -> None:
        """What breaks with a user costs this user, and leaves nothing behind."""
        for where in ("buildProtocol", "no protocol", "nonsense", "makeConnection", "connectionMade", "dataReceived"):
            self.breaks(where, starts=True)

    def test_atTheEnd(self) -> None:
        """What breaks at the end of a user or a proxy does not keep it from ending."""
        for where in ("connectionLost", "stopFactory"):
            self.breaks(where, starts=True)
