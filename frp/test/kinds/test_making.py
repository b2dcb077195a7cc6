"""What becomes of a plugin that goes wrong while it is at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.auth.token import Token
from frp.client.running import Phase, RunningProxy
from frp.config.server import ServerConfig
from frp.errors import PluginError
from frp.interfaces import IAuthenticatorKind, IClientPlugin, IProxyKind, ITunnelTransport, IVisitorKind
from frp.kinds import Contribution, Registry
from frp.proxies.tcp import TCP
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.misbehaving import MisbehavingProxy, registryWith
from frp.testing.network import Network
from frp.transports.tcp import TCP as TCPTransport
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


class Forgetful(Half):
    """Opens, and does not say where."""

    def open(self) -> None:
        """It forgets to return it."""

    def close(self) -> None:
        """Nothing was opened."""


@implementer(IClientPlugin)
class OwnPlugin:
    """A client plugin without a factory."""

    schema = examples = ()

    def factory(self, config: Any, site: Any) -> Any:
        """It forgets to return it."""


class OwnTransport(TCPTransport):
    """A transport that does not get there."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def dial(self, site: Any) -> Any:
        """No."""
        raise self._error


class OwnToken(Token):
    """Has no proof of one kind of message; where it names none, it fails to close."""

    def __init__(self, message: str) -> None:
        self._message = message
        self.registry = registryWith(Contribution(IAuthenticatorKind, "token", "for tests", self))

    def client(self, auth: Any, site: Any) -> Any:
        """The token, but for that."""
        made = super().client(auth, site)
        sign = made.sign

        def wrong(message: Any = None) -> None:
            if type(message).__name__ == self._message or message is None:
                raise KeyError(self._message)
            sign(message)

        setattr(made, "sign" if self._message else "close", wrong)
        return made


TCP_PROXY = {"name": "p", "type": "tcp", "localPort": 1, "remotePort": 6000}


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
        self.assertEqual(self.use("serverProxy", Late).error, "new proxy [p] error: IProxyKind 'own': open failed")
        (line,) = [line for line in self.log if "new proxy [p] type [own] error: " in line]
        self.assertRegex(line, r"test_making\.py:\d+: IProxyKind 'own': open failed: KeyError: 'later'")
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_serverForgets(self) -> None:
        """So it is when it does not say where users come in."""
        self.assertEqual(self.use("serverProxy", Forgetful).error, "new proxy [p] error: IProxyKind 'own': open failed")
        said = "IProxyKind 'own': open failed: TypeError: its answer is None, and no address"
        (line,) = [line for line in self.log if said in line]
        self.assertRegex(line, r"test_making\.py:\d+: ")
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)

    def test_clientOpens(self) -> None:
        """The half of frpc that raises while it opens: so it is in the log of frpc."""

        class LateClient(Late):
            def serve(self, stream: Any, start: Any, rest: bytes) -> None:
                """Nobody comes."""

        self.assertEqual(self.use("clientProxy", LateClient).error, "IProxyKind 'own': open failed")
        (line,) = [line for line in self.log if "start error: " in line]
        self.assertRegex(line, r"test_making\.py:\d+: IProxyKind 'own': open failed: KeyError: 'later'")
        self.assertIn("see: frpc docs extending/proxy", line)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_addresses(self) -> None:
        """A kind that does not know where users find its proxies: that is only for people, and they come."""

        def addresses(message: Any, remote: str, public: Any) -> list[str]:
            raise KeyError("where")

        running = self.use("addresses", addresses)
        self.assertEqual((running.phase, running.addresses), (Phase.RUNNING, []))
        said = "nobody knows where users find the proxy: "
        (line,) = [line for line in self.log if said in line]
        self.assertRegex(line, r"test_making\.py:\d+: IProxyKind 'own': addresses failed: KeyError: 'where'")
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_closes(self) -> None:
        """Halves that raise while they close: each is named in its log, and all goes on."""
        kind = MisbehavingProxy()
        kind.clientClose = kind.serverClose = lambda: 1 / 0
        self.network.registry = kind.registry
        self.network.server()
        client = self.network.client(proxies=[TCP_PROXY])
        sessionOf(client).remove("p")
        self.network.settle()
        for said in ("the proxy could not be closed: ", "proxy [p] did not close: "):
            (line,) = [line for line in self.log if said in line]
            self.assertRegex(line, r"test_making\.py:\d+: IProxyKind 'tcp': close failed: ZeroDivisionError")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)

    def test_dial(self) -> None:
        """A transport that raises while it dials; what says that nobody is there is no fault of its."""
        for error, known in ((KeyError("where"), False), (ConnectionRefusedError(111, "Connection refused"), True)):
            own = Contribution(ITunnelTransport, "own", "for tests", OwnTransport(error))
            self.network.registry = registryWith(own)
            self.network.client(transport={"protocol": "own"})
            text = (
                r"dial own: .*refused" if known else r"test_making\.py:\d+: ITunnelTransport 'own': dial failed: KeyE"
            )
            (line,) = [line for line in self.log if "connect to server error: " in line][known:]
            self.assertRegex(line, "connect to server error: .*" + text)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_sign(self) -> None:
        """An authenticator that has no proof of a login, a heartbeat, a work connection; one that does not close."""
        for message, said in (
            ("Login", "connect to server error: "),
            ("Ping", "a heartbeat failed: "),
            ("NewWorkConn", "work connection failed: "),
            ("", "the authenticator did not close: "),
        ):
            network = self.network = Network(OwnToken(message).registry)
            network.server()
            client = network.client(transport={"heartbeatInterval": 5, "poolCount": 0}, proxies=[TCP_PROXY])
            network.user(6000)
            network.advance(6)
            client.stopService()
            network.advance(6)
            line = next(line for line in reversed(self.log) if said in line)
            method = "sign" if message else "close"
            self.assertRegex(
                line, rf"test_making\.py:\d+: IAuthenticatorKind 'token': {method} failed: KeyError: '{message}'"
            )
            self.assertGreater(len(self.flushLoggedErrors(KeyError)), 0)
            network.stop()

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
