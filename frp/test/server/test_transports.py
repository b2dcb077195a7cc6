"""Transports, and other doors for clients, as somebody else would write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory
from zope.interface import implementer

from frp.cli.interface import described
from frp.config.schema import key, table
from frp.errors import PluginError, RemoteWireError, TunnelLost
from frp.interfaces import IClientDoor, IConfigured, IDialSite, IListenSite, ISession, ITunnelTransport
from frp.kinds import Contribution, Registry
from frp.kinds.places import pageOf
from frp.server.arrivals import MAX_REFUSALS
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import dialSiteOf
from frp.testing.talk import Talk
from frp.transports.tcp import TCP
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, LoginResp, NewProxy, NewProxyResp, Ping


@table
class BirdConfig:
    """TCP, by another name."""

    birds: int = key(2, "How many there are.")


@implementer(ITunnelTransport, IConfigured)
class Bird(TCP):
    """
    The kind.

    @cvar given: the tables that it got, in this order.
    """

    schema = BirdConfig
    examples = ("birds = 3\n",)
    given: list[Any] = []

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        """As TCP does."""
        self.given.append(site.table)
        return super().dial(site)

    def listen(self, site: IListenSite) -> None:
        """TCP answers for it."""
        self.given.append(site.table)


class TableTests(NetworkTestCase):
    """A transport gets the keys of its table."""

    registry = Registry(
        find=lambda: [
            *Registry().contributions(),
            Contribution(ITunnelTransport, "bird", "TCP, by another name", "frp.test.server.test_transports.Bird"),
        ]
    )

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(Bird.given.clear)

    def test_given(self) -> None:
        """Those that are configured, on each side its own."""
        self.network.server(transport={"bird": {"birds": 3}})
        client = self.network.client(transport={"protocol": "bird", "bird": {"birds": 4}})
        self.assertIsNotNone(client.session)
        self.assertEqual(Bird.given, [BirdConfig(birds=3), BirdConfig(birds=4)])

    def test_raises(self) -> None:
        """One that raises when it is to listen is named in the log, and others come by the other doors."""

        def listen(self: Bird, site: IListenSite) -> None:
            raise KeyError("no nest")

        self.patch(Bird, "listen", listen)
        self.network.server()
        (line,) = [line for line in self.log if "clients cannot come by bird: " in line]
        self.assertIn("ITunnelTransport 'bird': listen failed: KeyError: 'no nest'", line)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)
        self.assertIsNotNone(self.network.client().session)

    def test_defaults(self) -> None:
        """All defaults, where nothing is said."""
        self.network.server()
        self.network.client(transport={"protocol": "bird"})
        self.assertEqual(Bird.given, [BirdConfig(), BirdConfig()])

    def test_notInUse(self) -> None:
        """A transport without keys has no table, whatever another one has."""
        self.network.server()
        client = self.network.client(transport={"bird": {"birds": 4}})
        self.assertIsNone(dialSiteOf(client).table)
        self.assertEqual(Bird.given, [BirdConfig()])


@table
class PaneConfig:
    """A window."""

    panes: int = key(1, "How many there are.")


@implementer(ISession)
class Thrown:
    """A session without a carrier: each of its streams is a connection in memory."""

    def __init__(self, streams: Callable[[ISession], IProtocolFactory]) -> None:
        self.lost: Deferred[BaseException] = Deferred()
        self.streams = streams(self)

    def getPeer(self) -> IPv4Address:
        """It has a name."""
        return IPv4Address("TCP", "192.0.2.9", 22)

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """Nobody is asked for streams."""
        raise NotImplementedError

    def breach(self, error: RemoteWireError) -> None:
        """The peer is told nothing."""
        self.lost.callback(error)

    def abort(self) -> None:
        """At once."""
        self.lost.callback(TunnelLost("aborted"))

    close = abort


@implementer(IClientDoor, IConfigured)
class Window:
    """
    The kind: clients come in by it that nobody dials.

    @cvar sessions: who came.
    """

    schema = PaneConfig
    examples = ("panes = 3\n",)
    sessions: list[Thrown] = []
    given: list[Any] = []

    def listen(self, site: IListenSite) -> None:
        """Somebody comes at once."""
        self.given.append(site.table)
        self.sessions.append(Thrown(site.admit))


@implementer(IClientDoor)
class Stuck:
    """A door with a bug."""

    def listen(self, site: IListenSite) -> None:
        """It does not open."""
        raise PluginError("it is stuck")


class DoorTests(NetworkTestCase):
    """A door for clients that nobody dials."""

    registry = Registry(
        find=lambda: [
            *Registry().contributions(),
            Contribution(IClientDoor, "stuck", "does not open", "frp.test.server.test_transports.Stuck"),
            Contribution(IClientDoor, "window", "no door at all", "frp.test.server.test_transports.Window"),
        ]
    )

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(Window.given.clear)
        self.addCleanup(Window.sessions.clear)

    def stream(self, session: Thrown) -> Talk:
        """Open a stream of a session."""
        port = self.network.reactor.listenTCP(0, session.streams)
        talk = self.network.dial(port.getHost().port, Talk())
        port.stopListening()
        return talk

    def test_login(self) -> None:
        """A session of its own is admitted as those of transports are: a client can log in on it, and register."""
        server = self.network.server(transport={"window": {"panes": 2}})
        self.assertEqual(Window.given, [PaneConfig(panes=2)])
        talk = self.stream(Window.sessions[0])
        talk.say(Login(privilege_key=privilegeKey(b"", 0)))
        self.network.settle()
        self.assertEqual(talk.last(LoginResp).error, "")
        talk.say(NewProxy(proxy_name="a", proxy_type="tcp", remote_port=6000))
        self.network.settle()
        self.assertEqual((talk.last(NewProxyResp).remote_addr, len(server.clients)), (":6000", 1))
        self.network.advance(60)
        self.assertFalse(Window.sessions[0].lost.called)

    def test_unproven(self) -> None:
        """One that brings no proof is closed in time; nor does a door that is broken keep the server from starting."""
        self.network.server()
        self.assertEqual(Window.given, [PaneConfig()])
        self.assertEqual(self.logged("clients cannot come by stuck: it is stuck"), 1)
        self.network.advance(29)
        self.assertFalse(Window.sessions[0].lost.called)
        self.network.advance(2)
        self.assertTrue(Window.sessions[0].lost.called)

    def test_refused(self) -> None:
        """So is one of which too many streams were refused."""
        self.network.server()
        for _ in range(MAX_REFUSALS):
            self.assertFalse(Window.sessions[0].lost.called)
            self.stream(Window.sessions[0]).say(Ping())
            self.network.settle()
        self.assertTrue(Window.sessions[0].lost.called)

    def test_stop(self) -> None:
        """It ends with the server."""
        self.network.server()
        self.assertEqual(self.network.stop(), [])
        self.assertTrue(Window.sessions[0].lost.called)

    def test_known(self) -> None:
        """The programs list it, and a page says how one is written."""
        self.assertIn("window", self.registry.names(IClientDoor))
        self.assertEqual(pageOf(IClientDoor), "extending/transport")
        site = described("IClientDoor")
        self.assertIn("listen(site: IListenSite)", site)
