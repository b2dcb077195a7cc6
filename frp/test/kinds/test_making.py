"""What becomes of a plugin that goes wrong while it is at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.client.running import RunningProxy
from frp.config.server import ServerConfig
from frp.errors import PluginError
from frp.interfaces import IClientPlugin, IProxyKind, IVisitorKind
from frp.kinds import Contribution, Registry
from frp.proxies.tcp import TCP
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.misbehaving import registryWith
from frp.visitors.stcp import STCP


class Own(TCP):
    """A type of proxy of which a test makes one half."""

    def __init__(self, half: str, made: Callable[..., Any]) -> None:
        setattr(self, half, made)


class Half:
    """Of a proxy; it lacks everything."""

    def __init__(self, one: Any, site: Any) -> None:
        """Nothing is wrong until here."""


class Greedy:
    """Looks for what is not there."""

    def __init__(self, message: Any, site: Any) -> None:
        message.metas["greeting"]


class Late(Half):
    """Raises when it shall open."""

    def open(self) -> str:
        """No."""
        raise KeyError("later")

    def close(self) -> None:
        """Nothing was opened."""


@implementer(IClientPlugin)
class OwnPlugin:
    """A client plugin without a factory."""

    schema = examples = ()

    def factory(self, config: Any, site: Any) -> Any:
        """It forgets to return it."""


class MakingTests(NetworkTestCase):
    """A person tries a plugin that is not ready."""

    def use(self, half: str, made: Callable[..., Any]) -> RunningProxy:
        """The proxy, of which this half is made so."""
        self.network.registry = registryWith(Contribution(IProxyKind, "own", "for tests", Own(half, made)))
        self.network.server()
        table = {"name": "p", "type": "own", "localPort": 1, "remotePort": 6000}
        return sessionOf(self.network.client(proxies=[table])).proxies["p"]

    def test_serverHalf(self) -> None:
        """frpc is told when the half of frps lacks a method, and the log of frps names the proxy, file and line."""
        self.assertEqual(
            self.use("serverProxy", Half).error, "new proxy [p] error: IProxyKind 'own' does not keep its promise"
        )
        (line,) = [line for line in self.log if "new proxy [p] type [own] error: " in line]
        self.assertRegex(line, r"kinds/test_making\.py:\d+: IProxyKind 'own': Half has no open")

    def test_serverRaises(self) -> None:
        """So it is when it raises while it is made."""
        self.assertEqual(
            self.use("serverProxy", Greedy).error, "new proxy [p] error: IProxyKind 'own': serverProxy failed"
        )
        (line,) = [line for line in self.log if "new proxy [p] type [own] error: " in line]
        self.assertRegex(line, r"test_making\.py:\d+: IProxyKind 'own': serverProxy failed: KeyError: 'greeting'")
        self.assertEqual(self.logged("proxy [p] could not be opened"), 1)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_serverOpens(self) -> None:
        """So it is when it raises while it opens."""
        self.assertEqual(self.use("serverProxy", Late).error, "new proxy [p] error")
        self.assertEqual(self.logged("new proxy [p] type [own] error: KeyError: 'later'"), 1)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_clientHalf(self) -> None:
        """The half of frpc is held to the same; frps never hears of the proxy."""
        self.assertEqual(self.use("clientProxy", Half).error, "IProxyKind 'own' does not keep its promise")
        self.assertEqual(self.logged("Half has no serve"), 1)

    def test_clientPlugin(self) -> None:
        """A client plugin that gives no factory."""
        own = Contribution(IClientPlugin, "own", "for tests", OwnPlugin)
        error = self.assertRaises(PluginError, Registry(find=lambda: [own]).make, IClientPlugin, "own", "factory", 1, 2)
        self.assertIn("IClientPlugin 'own': NoneType has no buildProtocol", str(error))

    def test_visitor(self) -> None:
        """A visitor that lacks its methods says so in the log, and is tried again."""
        own = Contribution(IVisitorKind, "own", "for tests", type("Own", (STCP,), {"visitor": Half}))
        self.network.registry = registryWith(own)
        self.network.server()
        table = {"name": "v", "type": "own", "serverName": "p", "bindPort": 6000}
        client = self.network.client(visitors=[table])
        self.assertEqual(client.visitors.running["v"].error, "IVisitorKind 'own' does not keep its promise")
        self.assertRegex("\n".join(self.log), r"test_making\.py:\d+: IVisitorKind 'own': Half has no open")


class WantedTests(SynchronousTestCase):
    """Which kinds a configuration gives something to do."""

    def test_onlyWith(self) -> None:
        """A kind may say which key it needs, also one of a table."""
        config = ServerConfig(vhostHTTPPort=80)
        config.sshTunnelGateway.bindPort = 2200
        for key, wanted in (
            ("", True),
            ("vhostHTTPPort", True),
            ("vhostHTTPSPort", False),
            ("sshTunnelGateway.bindPort", True),
            ("sshTunnelGateway.privateKeyFile", False),
        ):
            contribution = Contribution(IProxyKind, "one", "of a test", TCP, onlyWith=key)
            self.assertEqual(contribution.wanted(config), wanted, key)
