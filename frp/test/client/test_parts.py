"""What the proxies, plugins and visitors of a client share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.client.parts import DNS, Parts, SendersKind
from frp.client.running import Phase
from frp.config.client import ClientConfig
from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.errors import FRPError, Refused, Unavailable
from frp.interfaces import IClientPart, IClientPartKind, IClientPlugin
from frp.kinds import Contribution, Registry
from frp.logs import Log
from frp.test.client.talking import TCP, ClientTestCase
from frp.testing.network import Network
from frp.virtualnet import part

_found = Registry()


@implementer(IClientPart, IClientPartKind)
class Noted:
    """
    A part, and its kind, that writes down what happens to it.

    @ivar starting: what its start returns.
    @ivar refused: what making it raises; @ivar fault: what its end raises.
    """

    def __init__(self, name: str, events: list[str]) -> None:
        self.name = name
        self.events = events
        self.starting: Deferred[None] | None = None
        self.refused: FRPError | None = None
        self.fault: Exception | None = None

    def part(self, config: ClientConfig, site: Any) -> IClientPart:
        if self.refused is not None:
            raise self.refused
        return self

    def start(self) -> Deferred[None] | None:
        self.events.append(f"{self.name} starts")
        return self.starting

    def stop(self) -> None:
        self.events.append(f"{self.name} stops")
        if self.fault is not None:
            raise self.fault


@table
class AskingConfig(PluginConfig):
    """A plugin that asks for a part."""


@implementer(IClientPlugin)
class Asking:
    """Its kind."""

    schema = AskingConfig
    examples = ()

    def __init__(self, name: str, events: list[str]) -> None:
        self.name = name
        self.events = events

    def factory(self, config: Any, site: Any) -> Any:
        self.events.append(f"asks: {site.part(self.name).name}")
        return _Nobody()


def _noDevice(interface: object) -> tuple[int, str]:
    raise Unavailable("no device")


class _Nobody:
    """Serves nobody."""

    def doStart(self) -> None:
        pass

    def doStop(self) -> None:
        pass

    def buildProtocol(self, addr: object) -> None:
        return None


class PartsTests(ClientTestCase):
    """The life of parts."""

    def setUp(self) -> None:
        super().setUp()
        self.events: list[str] = []
        self.first, self.second = Noted("a", self.events), Noted("b", self.events)
        self.asked = "b"
        self.network = Network(Registry(find=self.kinds))

    def kinds(self) -> list[Contribution]:
        """What is installed."""
        return [
            *_found.contributions(),
            Contribution(IClientPartKind, "b", "the second", self.second),
            Contribution(IClientPartKind, "a", "the first", self.first),
            Contribution(IClientPlugin, "asking", "asks", Asking(self.asked, self.events)),
        ]

    def test_life(self) -> None:
        """They start before anybody dials, in the order of their names, and stop last, the other way round."""
        self.second.starting = starting = Deferred[None]()
        server = self.played()
        client = self.start(TCP)
        self.assertEqual((self.events, server.talks), (["a starts", "b starts"], []))
        starting.callback(None)
        self.network.settle()
        self.accept(server)
        stopped = client.stopService()
        self.network.settle()
        self.assertTrue(stopped.called)
        self.assertEqual(self.events[2:], ["b stops", "a stops"])

    def test_onlyWith(self) -> None:
        """One that is announced with a key is not even imported where the key is not set."""
        extra = Contribution(IClientPartKind, "c", "the third", "nosuchmodule.Kind", onlyWith="virtualNet.address")
        kinds = self.kinds
        self.network = Network(Registry(find=lambda: [*kinds(), extra]))
        self.network.server()
        self.network.client()
        self.assertEqual((self.events, self.logged("the part c is left out")), (["a starts", "b starts"], 0))
        self.patch(part, "openTUN", _noDevice)
        client = self.network.client(featureGates={"VirtualNet": True}, virtualNet={"address": "100.86.0.1/24"})
        self.assertEqual(self.logged("the part c is left out"), 1)
        self.assertEqual(self.network.failures[client].getErrorMessage(), "no device")

    def test_again(self) -> None:
        """A client that starts again has new ones."""
        self.network.server()
        client = self.network.client()
        client.stopService()
        self.network.settle()
        client.startService()
        self.network.settle()
        self.assertIsNotNone(client.session)
        self.assertEqual(self.events.count("a starts"), 2)

    def test_stoppedMeanwhile(self) -> None:
        """A client that is stopped while a part starts puts away what it has, and never dials."""
        self.second.starting = starting = Deferred[None]()
        server = self.played()
        client = self.start(TCP)
        client.stopService()
        starting.callback(None)
        self.network.advance(10)
        self.assertEqual((server.talks, self.events[2:]), ([], ["b stops", "a stops"]))

    def test_refused(self) -> None:
        """Where one cannot be had the client does not start, and those that have started stop."""
        self.second.refused = Refused("no such device")
        client = self.start(TCP)
        self.assertEqual(self.network.failures[client].getErrorMessage(), "no such device")
        self.assertEqual(self.events, ["a starts", "a stops"])

    def test_stopFails(self) -> None:
        """One that cannot be stopped does not keep the others, or the client, from it."""
        self.second.fault = RuntimeError("stuck")
        client = self.start(TCP)
        stopped = client.stopService()
        self.network.settle()
        self.assertTrue(stopped.called)
        self.assertEqual(self.events[2:], ["b stops", "a stops"])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def asking(self) -> tuple[Phase, str]:
        """@return: what becomes of a proxy whose plugin asks for a part."""
        self.network.server()
        plugin = {"type": "asking"}
        client = self.network.client(proxies=[{"name": "p", "type": "tcp", "remotePort": 6000, "plugin": plugin}])
        assert client.session is not None
        running = client.session.proxies["p"]
        return running.phase, running.error

    def test_asked(self) -> None:
        """A plugin gets the part by its name."""
        self.assertEqual(self.asking(), (Phase.RUNNING, ""))
        self.assertEqual(self.events[-1], "asks: b")

    def test_onDemand(self) -> None:
        """One that is made on demand is made once, when somebody asks for it first, and stops with the others."""
        third = Noted("c", self.events)
        kinds = self.kinds
        demanded = Contribution(IClientPartKind, "c", "the third", third, onDemand=True)
        self.network = Network(Registry(find=lambda: [*kinds(), demanded]))
        self.network.server()
        client = self.network.client()
        self.assertEqual(self.events, ["a starts", "b starts"])
        assert client.prepared is not None
        find = client.prepared.parts.find
        self.assertIs(find("c"), third)
        self.assertIs(find("c"), third)
        client.stopService()
        self.network.settle()
        self.assertEqual(self.events[2:], ["c starts", "c stops", "b stops", "a stops"])
        self.assertRaises(Unavailable, find, "c")

    def test_missing(self) -> None:
        """One that there is not is the proxy's start error."""
        self.asked = "c"
        self.assertEqual(self.asking(), (Phase.START_ERROR, "the client has no c"))

    def test_unwanted(self) -> None:
        """So is one for which the configuration has no use."""
        self.asked = "dns"
        self.assertEqual(self.asking(), (Phase.START_ERROR, "the client has no dns"))


class BrokenTests(ClientTestCase):
    """A kind of part that cannot be used."""

    def begin(self, target: object) -> None:
        """Start a client where such a kind is installed."""
        kinds = [*_found.contributions(), Contribution(IClientPartKind, "bad", "bad", target)]
        self.network = Network(Registry(find=lambda: kinds))
        self.network.server()
        self.client = self.network.client()

    def test_absent(self) -> None:
        """One that cannot be imported is left out, and the client runs."""
        self.begin("frp.nothing.Here")
        self.assertIsNotNone(self.client.session)
        self.assertEqual(self.logged("the part bad is left out"), 1)

    def test_promise(self) -> None:
        """One that makes something else keeps the client from starting, and the error says what is missing."""
        maker: Callable[..., Any] = lambda _self, config, site: object()  # noqa: E731
        kind = implementer(IClientPartKind)(type("Bad", (), {"part": maker}))()
        self.begin(kind)
        error = self.network.failures[self.client].getErrorMessage()
        self.assertIn("IClientPartKind 'bad': object has no start", error)


class OwnTests(ClientTestCase):
    """The parts that frp has itself."""

    def test_interfaces(self) -> None:
        """They keep what every part promises."""
        reactor: Any = MemoryReactorClock()
        for kind in (DNS(), SendersKind()):
            verifyObject(IClientPartKind, kind)
        parts = Parts()
        config = ClientConfig(dnsServer="192.0.2.1")
        installed: list[object] = []
        reactor.installResolver = installed.append
        self.successResultOf(Deferred.fromCoroutine(parts.start(_found, config, reactor, Log("frp.test"))))
        for name in ("dns", "senders"):
            verifyObject(IClientPart, parts.find(name))
        self.assertEqual(len(installed), 1)
        self.successResultOf(Deferred.fromCoroutine(parts.stop(Log("frp.test"))))
        self.assertRaises(Unavailable, parts.find, "senders")
