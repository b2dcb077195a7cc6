"""
What every proxy type, transport and authenticator must do, as tests that its author mixes in::

    class EchoTests(ProxyKindContract, NetworkTestCase):
        name = "echo"
        table = {"remotePort": 6000}

        def use(self, client, proxy):
            user = self.network.user(6000)
            ...

The built-in ones pass the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.client.session import ClientSession
from frp.client.site import ClientSite
from frp.config.load import clientFromValues, serverFromValues
from frp.errors import AuthError, ConfigErrors, FRPError
from frp.interfaces import (
    IAuthenticator,
    IAuthenticatorKind,
    IClientProxy,
    IClientSite,
    IProxyKind,
    IServerProxy,
    IServerSite,
    ISession,
    ITunnelTransport,
)
from frp.server.service import FRPServer
from frp.testing.cases import NetworkTestCase
from frp.testing.network import Network, User
from frp.wire.frames import encode
from frp.wire.messages import Login, NewProxy, NewWorkConn, Ping, fromJSON, toJSON

if TYPE_CHECKING:
    _Base = NetworkTestCase
else:
    _Base = object

__all__ = ["AuthenticatorContract", "ProxyKindContract", "TransportContract"]


class ProxyKindContract(_Base):
    """
    A type of proxy, from its configuration to its users.

    @cvar name: what stands in C{proxies[].type}.
    @cvar table: the keys that its proxies need besides C{name} and C{type}; C{localPort} is given where it is missing.
    @cvar treatments: the C{transport} tables under which it works.
    @cvar serverSettings: what frps needs for it.
    """

    name = ""
    table: dict[str, Any] = {}
    treatments: tuple[dict[str, Any], ...] = (
        {"useEncryption": True},
        {"useCompression": True},
        {"useEncryption": True, "useCompression": True},
        {"bandwidthLimit": "1MB"},
        {"bandwidthLimit": "1MB", "bandwidthLimitMode": "server"},
    )
    serverSettings: dict[str, Any] = {}

    def use(self, client: FRPClient, proxy: str) -> None:
        """
        Be a user of a proxy, and fail when it does not do what it is for.

        @param proxy: its name in the client's configuration; its service is L{localPort}, an echo.
        """
        raise NotImplementedError

    def kind(self) -> Any:
        """The kind, as the programs find it."""
        return self.network.registry.get(IProxyKind, self.name)

    def tables(self, proxy: str = "p", **keys: Any) -> dict[str, Any]:
        """One proxy's table."""
        return {"name": proxy, "type": self.name, "localPort": self.localPort, **self.table, **keys}

    def setUp(self) -> None:
        super().setUp()
        self.echo = self.network.echo()
        self.localPort = self.echo.port

    def start(self, **keys: Any) -> FRPClient:
        """Start both services with one proxy, which must run."""
        self.network.server(**self.serverSettings)
        client = self.network.client(proxies=[self.tables(**keys)])
        self.assertIs(self.phase(client), Phase.RUNNING)
        return client

    def phase(self, client: FRPClient) -> Phase:
        """Where the proxy stands."""
        return _session(client).proxies["p"].phase

    def test_interfaces(self) -> None:
        """The kind and both halves provide what they promise."""
        client = self.start()
        verifyObject(IProxyKind, self.kind())
        (control,) = self.network.servers[0].clients.online()
        verifyObject(IServerProxy, control.proxies["p"].proxy)
        (config,) = self.network.proxies(self.tables())
        site = ClientSite(_session(client), self.kind().announce(config), "p", None)
        verifyObject(IClientSite, site)
        verifyObject(IServerSite, control.proxies["p"].site)
        verifyObject(IClientProxy, self.kind().clientProxy(config, site))

    def test_examples(self) -> None:
        """Every example can be used as it stands."""
        self.assertTrue(self.kind().examples)
        for example in self.kind().examples:
            try:
                (config,) = self.network.proxies(tomli.loads(example))
            except ConfigErrors as error:
                raise AssertionError(f"{example}: {error}") from error
            self.assertIsInstance(config, self.kind().schema)

    def test_announcement(self) -> None:
        """It asks for itself by its name and type, in a message that survives the wire."""
        (config,) = self.network.proxies(self.tables())
        message = self.kind().announce(config)
        self.assertEqual((message.proxy_name, message.proxy_type), ("p", self.name))
        self.assertEqual(fromJSON(NewProxy, toJSON(message)), message)
        self.assertTrue(encode(message))
        self.assertGreaterEqual(self.kind().ports(message), 0)

    def test_use(self) -> None:
        """It does what it is for."""
        self.use(self.start(), "p")

    def test_treatments(self) -> None:
        """Encryption, compression and limits change nothing for its users."""
        for number, transport in enumerate(self.treatments):
            self.network.bindPort = 7000 + number
            client = self.start(transport=transport)
            self.use(client, "p")
            self.assertEqual(self.network.stop(), [])

    def test_comesAndGoes(self) -> None:
        """It can be removed and come back at once, in the same place; nothing of it stays."""
        client = self.start()
        before = set(self.network.reactor.ports)
        for _ in range(3):
            client.update([])
            self.network.settle()
            self.assertEqual(len(self.network.servers[0].shared.names), 0)
            client.update(self.network.proxies(self.tables()))
            self.network.settle()
            self.assertIs(self.phase(client), Phase.RUNNING)
        self.assertEqual(len(set(self.network.reactor.ports)), len(before))
        self.use(client, "p")

    def test_takeover(self) -> None:
        """A client that lost its connection has it again with the next login."""
        client = self.start()
        self.network.carrier(client).silence()
        self.network.advance(60)
        self.assertIs(self.phase(client), Phase.RUNNING)
        self.use(client, "p")

    def test_nameTaken(self) -> None:
        """A second one of its name is refused, and does the first no harm."""
        client = self.start()
        other = self.network.client(proxies=[self.tables()])
        self.assertEqual(_session(other).proxies["p"].error, "proxy [p] already exists")
        self.use(client, "p")

    def test_clientGoes(self) -> None:
        """It goes with its client."""
        client = self.start()
        client.stopService()
        self.network.settle()
        self.assertEqual(len(self.network.servers[0].shared.names), 0)


class TransportContract(_Base):
    """
    A way to reach frps.

    @cvar name: what stands in C{transport.protocol}.
    @cvar clientSettings: what frpc needs for it besides, in its C{transport} table.
    @cvar serverSettings: what frps needs for it.
    """

    name = ""
    clientSettings: dict[str, Any] = {}
    serverSettings: dict[str, Any] = {}

    def client(self, **settings: Any) -> FRPClient:
        """Start a client that uses it, with a proxy to an echo on port 6000."""
        transport = {"protocol": self.name, **self.clientSettings, **settings.pop("transport", {})}
        proxy = {"name": "p", "type": "tcp", "localPort": self.network.echo().port, "remotePort": 6000}
        return self.network.client(proxies=[proxy], transport=transport, **settings)

    def server(self, **settings: Any) -> FRPServer:
        """Start frps."""
        return self.network.server(**{**self.serverSettings, **settings})

    def served(self) -> User:
        """@return: a user who got its echo."""
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.advance(0.5)
        self.assertEqual(user.received, b"hello")
        return user

    def test_interface(self) -> None:
        """It provides the interface, and so do its sessions."""
        kind = self.network.registry.get(ITunnelTransport, self.name)
        verifyObject(ITunnelTransport, kind)
        self.server()
        session = _result(self.network, kind.dial(self.client().dialSite))
        verifyObject(ISession, session)
        session.abort()
        self.network.advance(1)

    def test_use(self) -> None:
        """Users are served over it; much goes both ways."""
        self.server()
        self.client()
        user = self.served()
        user.send(b"x" * 1_000_000)
        self.network.advance(5)
        self.assertEqual(len(user.received), 1_000_005)

    def test_many(self) -> None:
        """A hundred users at once do not disturb each other."""
        self.server()
        self.client()
        users = [self.network.user(6000) for _ in range(100)]
        for number, user in enumerate(users):
            user.send(b"%d" % number)
        self.network.advance(1)
        self.assertEqual([user.received for user in users], [b"%d" % number for number in range(100)])

    def test_ends(self) -> None:
        """A session that is aborted or closed says so, once, by an error that frp knows; more calls change nothing."""
        self.server()
        kind = self.network.registry.get(ITunnelTransport, self.name)
        site = self.client().dialSite
        for end in ("abort", "close"):
            session = _result(self.network, kind.dial(site))
            lost: list[object] = []
            session.lost.addCallback(lost.append)
            getattr(session, end)()
            self.network.advance(2)
            self.assertEqual(len(lost), 1)
            self.assertIsInstance(lost[0], FRPError)
            session.abort()
            session.close()
            failure = _failure(self.network, session.connect(Factory()))
            self.assertIsInstance(failure.value, FRPError)

    def test_noServer(self) -> None:
        """Where nobody answers it fails with an error that frp knows, in the time that dialServerTimeout gives."""
        self.client(loginFailExit=True)
        self.network.advance(11)
        (failure,) = self.network.failures.values()
        self.assertIsInstance(failure.value, FRPError)

    def test_somethingElse(self) -> None:
        """Where something else answers it fails so, too."""
        self.network.service(lambda user, data: user.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), self.network.bindPort)
        self.client(loginFailExit=True)
        self.network.advance(30)
        (failure,) = self.network.failures.values()
        self.assertIsInstance(failure.value, FRPError)

    def test_serverGoes(self) -> None:
        """A server that goes and comes back has its clients back within three seconds."""
        server = self.server()
        client = self.client()
        server.stopService()
        self.network.advance(30)
        self.assertIsNone(client.session)
        self.server()
        self.network.advance(3)
        self.served()

    def test_slowPeer(self) -> None:
        """Somebody who connects and says nothing holds nobody up."""
        self.server()
        slow = [self.network.user(self.network.bindPort) for _ in range(5)]
        self.client()
        self.served()
        self.network.advance(11)
        self.assertTrue(all(user.closed for user in slow))

    def test_cut(self) -> None:
        """What is lost on the way is built anew."""
        self.server()
        client = self.client()
        self.network.carrier(client).cut()
        self.network.advance(3)
        self.served()


class AuthenticatorContract(_Base):
    """
    A way to prove who a client is.

    @cvar name: what stands in C{auth.method}.
    @cvar clientSettings: the client's C{auth} table, besides C{method}.
    @cvar serverSettings: the server's.
    @cvar strangerSettings: the C{auth} table of a client that shall be refused.
    """

    name = ""
    clientSettings: dict[str, Any] = {}
    serverSettings: dict[str, Any] = {}
    strangerSettings: dict[str, Any] = {}

    def sides(self, *scopes: str) -> tuple[Any, Any, Any]:
        """@return: what the client, the server and a stranger have; these messages are to be proven, too."""
        more = {"method": self.name, "additionalScopes": list(scopes)}
        registry = self.network.registry
        kind = registry.get(IAuthenticatorKind, self.name)
        ours, others = (
            clientFromValues({"auth": {**more, **settings}}, registry=registry).config
            for settings in (self.clientSettings, self.strangerSettings)
        )
        server = serverFromValues({"auth": {**more, **self.serverSettings}}, registry=registry).config
        made = (
            kind.client(ours.auth, FRPClient(self.network.reactor, ours, registry)),
            kind.server(server.auth, FRPServer(self.network.reactor, server, registry)),
            kind.client(others.auth, FRPClient(self.network.reactor, others, registry)),
        )
        client, verifier, stranger = (
            _result(self.network, side if isinstance(side, Deferred) else succeed(side)) for side in made
        )
        return client, verifier, stranger

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IAuthenticatorKind, self.network.registry.get(IAuthenticatorKind, self.name))
        for side in self.sides():
            verifyObject(IAuthenticator, side)

    def test_login(self) -> None:
        """A login of our client is verified, one of a stranger and one without a proof are not."""
        client, server, stranger = self.sides()
        login = Login()
        _result(self.network, maybeDeferred(client.sign, login))
        _result(self.network, maybeDeferred(server.verify, login))
        for wrong, sign in ((Login(), True), (Login(), False)):
            if sign:
                _result(self.network, maybeDeferred(stranger.sign, wrong))
            _failure(self.network, maybeDeferred(server.verify, wrong)).trap(AuthError)

    def test_scopes(self) -> None:
        """So it is with the messages that C{additionalScopes} names."""
        client, server, _stranger = self.sides("HeartBeats", "NewWorkConns")
        login = Login()
        _result(self.network, maybeDeferred(client.sign, login))
        _result(self.network, maybeDeferred(server.verify, login))
        for kind in (Ping, NewWorkConn):
            message = kind()
            _result(self.network, maybeDeferred(client.sign, message))
            _result(self.network, maybeDeferred(server.verify, message))
            _failure(self.network, maybeDeferred(server.verify, kind())).trap(AuthError)

    def test_noScopes(self) -> None:
        """Where they are not named, no proof is made or asked for."""
        client, server, _stranger = self.sides()
        for kind in (Ping, NewWorkConn):
            message = kind()
            _result(self.network, maybeDeferred(client.sign, message))
            self.assertEqual(message, kind())
            _result(self.network, maybeDeferred(server.verify, message))

    def test_keys(self) -> None:
        """Both sides derive the same encryption."""
        client, server, _stranger = self.sides()
        self.assertIsInstance(client.key, bytes)
        self.assertEqual(client.key, server.key)

    def test_use(self) -> None:
        """A client is let in by it, a stranger is not."""
        self.network.server(auth={"method": self.name, **self.serverSettings})
        client = self.network.client(auth={"method": self.name, **self.clientSettings})
        self.assertIsNotNone(client.session)
        stranger = self.network.client(auth={"method": self.name, **self.strangerSettings})
        self.assertIsNone(stranger.session)
        self.assertIn(stranger, self.network.failures)


def _session(client: FRPClient) -> ClientSession:
    assert client.session is not None, "the client is not in"
    return client.session


def _outcome(network: Network, deferred: Deferred[Any]) -> Any:
    """@return: the result, or the Failure, that comes within a minute."""
    outcome: list[Any] = []
    deferred.addBoth(outcome.append)
    network.settle()
    if not outcome:
        network.advance(60)
    assert outcome, "nothing came of it in a minute"
    return outcome[0]


def _result(network: Network, deferred: Deferred[Any]) -> Any:
    outcome = _outcome(network, deferred)
    if isinstance(outcome, Failure):
        outcome.raiseException()
    return outcome


def _failure(network: Network, deferred: Deferred[Any]) -> Failure:
    outcome = _outcome(network, deferred)
    assert isinstance(outcome, Failure), f"it should have failed, and gave {outcome!r}"
    return outcome
