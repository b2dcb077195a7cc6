"""What every client plugin may count on, and local services that are given as endpoint strings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols import tls
from zope.interface import implementer

from frp.client.running import Phase
from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.errors import ConfigErrors, LocalServiceDown
from frp.interfaces import IClientPlugin, IStream
from frp.kinds import Contribution
from frp.sockets.tls import startTLS
from frp.sockets.tlsside import TLSSide, serverContext
from frp.test.sockets.authority import Authority
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.misbehaving import registryWith
from frp.testing.network import Service, User


@table
class SayingConfig(PluginConfig):
    """Nothing to say."""


class Saying(Protocol):
    """Says who its user is. Whoever says "break" breaks it."""

    transport: IStream

    def connectionMade(self) -> None:
        self.transport.write(repr((self.transport.getPeer(), self.transport.getHost())).encode())

    def dataReceived(self, data: bytes) -> None:
        if data == b"break":
            raise RuntimeError("it breaks")
        self.transport.write(data)


@implementer(IClientPlugin)
class Kind:
    """A plugin that goes wrong where it is told to."""

    schema = SayingConfig
    examples = ('type = "saying"\n',)

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.events: list[str] = []

    def factory(self, config: Any, site: Any) -> Any:
        """One of L{Saying}s."""
        if self.fault is not None:
            raise self.fault
        made = Factory.forProtocol(Saying)
        made.startFactory = lambda: self.events.append("start")  # type: ignore[method-assign]
        made.stopFactory = lambda: self.events.append("stop")  # type: ignore[method-assign]
        return made


class PluginTests(NetworkTestCase):
    """A plugin has a place to work in, and harms nobody else."""

    def setUp(self) -> None:
        self.kind = Kind()
        self.registry = registryWith(Contribution(IClientPlugin, "saying", "for tests", self.kind))
        super().setUp()
        self.network.server()

    def client(self) -> Any:
        """frpc with one proxy with the plugin, and one without."""
        return self.network.client(
            proxies=[
                {"name": "p", "type": "tcp", "remotePort": 6000, "plugin": {"type": "saying"}},
                {"name": "q", "type": "tcp", "remotePort": 6001, "localPort": self.network.echo().port},
            ]
        )

    def test_life(self) -> None:
        """Its factory is started and stopped with its proxy; users live on."""
        client = self.client()
        self.assertEqual(self.kind.events, ["start"])
        user = self.network.user(6000)
        self.network.settle()
        client.update([])
        self.network.settle()
        self.assertEqual(self.kind.events, ["start", "stop"])
        user.received = b""
        user.send(b"still there?")
        self.network.settle()
        self.assertEqual(user.received, b"still there?")

    def test_addresses(self) -> None:
        """It sees the user's address, and the one that the user has reached."""
        self.client()
        user = self.network.user(6000)
        self.network.settle()
        ends = user.transport.getHost(), user.transport.getPeer()
        self.assertEqual(user.received.decode(), repr(ends))

    def test_breaks(self) -> None:
        """A protocol that breaks loses its user, and nobody else."""
        self.client()
        one, other, third = self.network.user(6000), self.network.user(6000), self.network.user(6001)
        one.send(b"break")
        self.network.settle()
        other.received = b""
        other.send(b"hello")
        third.send(b"hello")
        self.network.settle()
        self.assertTrue(one.closed)
        self.assertEqual((other.received, third.received), (b"hello", b"hello"))
        self.assertTrue(self.flushLoggedErrors(RuntimeError))

    def test_cannotBeMade(self) -> None:
        """A plugin that cannot be made shows why; other proxies run, and it is tried again."""
        bug = "IClientPlugin 'saying': factory failed"
        for fault, text in ((LocalServiceDown("not today"), "not today"), (KeyError("bug"), bug)):
            self.kind.fault = fault
            client = self.client()
            proxies = sessionOf(client).proxies
            self.assertEqual((proxies["p"].phase, proxies["p"].error), (Phase.START_ERROR, text))
            self.assertIs(proxies["q"].phase, Phase.RUNNING)
            self.kind.fault = None
            self.network.advance(31)
            self.assertIs(proxies["p"].phase, Phase.RUNNING)
            client.stopService()
            self.network.advance(1)
        self.flushLoggedErrors(KeyError)


class LocalEndpointTests(NetworkTestCase):
    """A local service may be anything that Twisted can connect to."""

    def start(self, **keys: Any) -> Any:
        """frps, and frpc with one proxy."""
        self.network.server()
        return self.network.client(proxies=[{"name": "p", "type": "tcp", "remotePort": 6000, **keys}])

    def test_unix(self) -> None:
        """A Unix socket."""
        self.network.reactor.listenUNIX("/run/echo.sock", Service(User.send))
        self.start(localEndpoint="unix:/run/echo.sock")
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_nobodyThere(self) -> None:
        """Where nobody answers the user is dropped, and the log names the endpoint."""
        self.start(localEndpoint="unix:/run/none.sock")
        user = self.network.user(6000)
        self.network.settle()
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("connect to local service error: dial unix:/run/none.sock"), 1)

    def test_meansNothing(self) -> None:
        """What no installed package understands shows as start error."""
        client = self.start(localEndpoint="carrier:pigeon")
        self.assertEqual(sessionOf(client).proxies["p"].error, "'carrier:pigeon' is no endpoint")

    def test_excludes(self) -> None:
        """There is only one local service, and a datagram has no endpoint."""
        for keys in (
            {"localEndpoint": "unix:/run/x", "localPort": 80},
            {"localEndpoint": "unix:/run/x", "plugin": {"type": "socks5"}},
            {"localEndpoint": "unix:/run/x", "type": "udp"},
            {"localEndpoint": "/run/x"},
            {"localEndpoint": ":80"},
        ):
            with self.assertRaises(ConfigErrors, msg=str(keys)) as caught:
                self.network.proxies({"name": "p", "type": "tcp", "remotePort": 6000, **keys})
            self.assertIn("localEndpoint", caught.exception.brief)

    def test_wrapped(self) -> None:
        """A transport that has its protocol inside itself, as TLS has in Twisted, is joined like any other."""
        reactor = self.network.reactor
        # Twisted's TLS gathers small writes until the next turn of a reactor, and would take the real one.
        self.patch(tls, "_get_default_clock", lambda: reactor)
        authority = Authority()
        files = authority.fields("example", ["example.test"])
        echo = Factory()
        echo.protocol = lambda: _SecureEcho(serverContext(files), reactor)
        port = reactor.listenTCP(0, echo).getHost().port
        trusted = Path(self.mktemp())
        trusted.mkdir()
        (trusted / "ca.pem").write_bytes(Path(authority.caFile).read_bytes())
        self.start(
            localEndpoint=rf"tls:example.test:443:trustRoots={trusted}:endpoint=tcp\:127.0.0.1\:{port}",
        )
        user = self.network.user(6000)
        data = bytes(range(250)) * 2000
        user.send(data)
        self.network.advance(1)
        self.assertEqual(user.received, data)
        user.end()
        self.network.advance(1)
        self.assertTrue(user.closed)


class _SecureEcho(Protocol):
    """Says back what it hears, over TLS."""

    transport: IStream

    def __init__(self, side: TLSSide, clock: Any) -> None:
        self._side = side
        self._clock = clock

    def connectionMade(self) -> None:
        startTLS(self.transport, self._side, self._clock, User(User.send, closes=True))
