"""What every transport must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from zope.interface.verify import verifyObject

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.config.serverfile import serverFromValues
from frp.errors import FRPError
from frp.interfaces import (
    ISession,
    ITunnelTransport,
)
from frp.server.published import Published
from frp.server.service import FRPServer
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.examples import examplesOf
from frp.testing.contracts.outcomes import dialSiteOf, failure, result, sessionOf
from frp.testing.network import User
from frp.wire.messages import CloseProxy

__all__ = ["TransportContract"]

if TYPE_CHECKING:
    from frp.testing.cases import NetworkTestCase

    _Base = NetworkTestCase
else:
    _Base = object


class TransportContract(_Base):
    """
    A way to reach frps.

    @cvar name: what stands in C{transport.protocol}.
    @cvar clientSettings: what frpc needs for it besides, in its C{transport} table.
    @cvar serverSettings: what frps needs for it.
    @cvar notices: seconds within which both sides notice that nothing gets through any more.
    """

    name = ""
    clientSettings: dict[str, Any] = {}
    serverSettings: dict[str, Any] = {}
    notices = 0.0

    def cut(self, client: FRPClient) -> None:
        """Cut what carries a client's session."""
        self.network.links(self.port)[-1].cut()

    @property
    def port(self) -> int:
        """Where clients come in: C{bindPort}, for all that have no place of their own."""
        return self.network.bindPort

    def client(self, **settings: Any) -> FRPClient:
        """Start a client that uses it; unless other C{proxies} are given, with one to an echo on port 6000."""
        transport = {"protocol": self.name, **self.clientSettings, **settings.pop("transport", {})}
        proxy = {"name": "p", "type": "tcp", "localPort": self.network.echo().port, "remotePort": 6000}
        return self.network.client(**{"proxies": [proxy], **settings, "transport": transport})

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
        session = result(self.network, kind.dial(dialSiteOf(self.client())))
        verifyObject(ISession, session)
        session.abort()
        self.network.advance(1)

    def test_examples(self) -> None:
        """If it has keys of its own, every example can be used as it stands."""
        registry = self.network.registry
        for table in examplesOf(registry.get(ITunnelTransport, self.name)):
            clientFromValues({"transport": {"protocol": self.name, self.name: table}}, registry=registry)
            serverFromValues({"transport": {self.name: table}}, registry=registry)

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
        site = dialSiteOf(self.client())
        for end in ("abort", "close"):
            session = result(self.network, kind.dial(site))
            lost: list[object] = []
            session.lost.addCallback(lost.append)
            getattr(session, end)()
            self.network.advance(2)
            self.assertEqual(len(lost), 1)
            self.assertIsInstance(lost[0], FRPError)
            session.abort()
            session.close()
            self.assertIsInstance(failure(self.network, session.connect(Factory())).value, FRPError)

    def test_lastWords(self) -> None:
        """What a client has said last arrives before its session ends, though it is more than a window holds."""
        self.server()
        session = sessionOf(self.client())
        heard: list[str] = []
        close = Published.close

        def withdrawn(published: Published, name: str) -> Deferred[None]:
            heard.append(name)
            return close(published, name)

        self.patch(Published, "close", withdrawn)
        said = [f"{number} {'x' * 500}" for number in range(1000)]
        for name in said:
            session.messages.tell(CloseProxy(proxy_name=name))
        session.close()
        self.network.advance(5)
        self.assertEqual(heard[: len(said)], said)

    def test_taken(self) -> None:
        """Where its place cannot be had frps does not start, and says which one that is."""
        self.network.reactor.taken.add(self.port)
        error = self.assertRaises(FRPError, self.server)
        self.assertIn("bindAddr" if self.port == self.network.bindPort else self.name, error.detail)
        self.assertEqual(self.flushLoggedErrors(), [], "it looks like a bug")

    def test_noServer(self) -> None:
        """Where nobody answers it fails with an error that frp knows, in the time that dialServerTimeout gives."""
        self.client(loginFailExit=True)
        self.network.advance(11)
        (gaveUp,) = self.network.failures.values()
        self.assertIsInstance(gaveUp.value, FRPError)

    def test_somethingElse(self) -> None:
        """Where something else answers it fails so, too."""
        self.network.service(lambda user, data: user.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), self.port)
        self.client(loginFailExit=True)
        self.network.advance(30)
        (gaveUp,) = self.network.failures.values()
        self.assertIsInstance(gaveUp.value, FRPError)

    def test_mute(self) -> None:
        """A server that falls silent at any point of a login is given up within the times of all its steps."""
        self.server()
        for after in (0, 1, 40, 150, 500, 1000, 1300, 1900, 3000, 6000, 20000):
            self.network.mute(self.port, after)
            client = self.client(loginFailExit=True, transport={"dialServerTimeout": 4})
            self.network.advance(1)
            if client.session is not None:
                break
            self.network.advance(30)
            self.assertIn(client, self.network.failures, f"after {after} bytes")
        self.assertIsNotNone(client.session)
        self.assertGreater(len(self.network.failures), 1)

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
        slow = [self.network.user(self.port) for _ in range(5)]
        self.client()
        self.served()
        self.network.advance(11)
        self.assertTrue(all(user.closed for user in slow))

    def test_cut(self) -> None:
        """What is lost on the way is built anew."""
        self.server()
        client = self.client()
        self.cut(client)
        self.network.advance(self.notices + 3)
        self.served()
