"""What clients share: claimed by one owner, and given back by it alone."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.config.server import ServerConfig
from frp.directories.memory import Memory, Shelf
from frp.errors import Refused, Unavailable
from frp.gateways.routes import ClaimedRoutes
from frp.interfaces import IClaims, IMemberships, IPorts, IRoster, IRun, IRuns, Tenure
from frp.server.registry.claims import Claims
from frp.server.registry.memberships import Memberships
from frp.server.registry.runs import Runs
from frp.server.shared import Shared
from frp.test.server.talking import ServerTestCase
from frp.testing.memory import MemoryReactor
from frp.wire.messages import CloseProxy


class SharedTests(SynchronousTestCase):
    """All registries of a server that runs alone."""

    def test_interfaces(self) -> None:
        """Each is what its interface says, so that another may stand in its place."""
        shared = Shared.inMemory(MemoryReactor(), ServerConfig())
        for interface, registries in (
            (IClaims, (shared.names, shared.clientIDs, shared.routes, shared.visited)),
            (IPorts, (shared.tcpPorts, shared.udpPorts)),
            (IRuns, (shared.runs,)),
            (IMemberships, (shared.memberships,)),
            (IRoster, (shared.roster,)),
        ):
            for registry in registries:
                verifyObject(interface, registry)


class ClaimTests(SynchronousTestCase):
    """Who has what."""

    def setUp(self) -> None:
        self.claims = Claims(Memory(Shelf(Clock())), "thing")

    def holder(self, owner: object) -> object:
        """@return: who has it, after somebody has claimed it; None where that is the claimant."""
        return self.successResultOf(self.claims.claim("a", owner))

    def test_owner(self) -> None:
        """The first has it, as often as it asks; others hear who that is."""
        self.assertEqual([self.holder("x"), self.holder("x"), self.holder("y")], [None, None, "x"])
        self.assertEqual(self.successResultOf(self.claims.find("a")), "x")
        self.assertIsNone(self.successResultOf(self.claims.find("b")))

    def test_late(self) -> None:
        """A release that comes when another has it takes nothing away."""
        self.holder("x")
        self.claims.release("a", "x")
        self.holder("y")
        self.claims.release("a", "x")
        self.assertEqual((self.holder("x"), self.claims.held()), ("y", 1))
        self.claims.release("a", "y")
        self.assertEqual(self.claims.held(), 0)


class RouteClaimTests(SynchronousTestCase):
    """Routes of two gateways, of which the registry may be elsewhere."""

    def setUp(self) -> None:
        self.claims = Claims(Memory(Shelf(Clock())), "thing")
        self.routes: ClaimedRoutes[str] = ClaimedRoutes(self.claims, "here")

    def claim(self, routes: ClaimedRoutes[str], domain: str, target: str) -> Deferred[None]:
        """Have a route."""
        return Deferred.fromCoroutine(routes.claim(domain, "", "", target))

    def test_elsewhere(self) -> None:
        """What another server has is refused, though nothing here knows of it; another gateway's is another route."""
        self.claims.claim(("here", "a.org", "", ""), "somebody else")
        refused = self.failureResultOf(self.claim(self.routes, "A.org", "x"), Refused).value
        self.assertEqual(refused.brief, "router config conflict: domain [A.org] is taken")
        self.assertEqual(refused.detail, "router config conflict: domain [A.org] is that of 'somebody else'")
        self.assertIsNone(self.routes.find("a.org", "/", ""))
        there: ClaimedRoutes[str] = ClaimedRoutes(self.claims, "there")
        self.successResultOf(self.claim(there, "a.org", "x"))
        self.assertEqual(there.find("a.org", "/", ""), "x")

    def test_late(self) -> None:
        """Who gives a route back twice does not take it from who has it by then."""
        self.successResultOf(self.claim(self.routes, "a.org", "x"))
        self.routes.release("a.org", "", "", "x")
        self.successResultOf(self.claim(self.routes, "a.org", "y"))
        self.routes.release("a.org", "", "", "x")
        self.assertEqual((self.routes.find("a.org", "/", ""), self.claims.held()), ("y", 1))


class MembershipTests(SynchronousTestCase):
    """Who is in which group."""

    def test_life(self) -> None:
        """The first makes it, others must know its key and want its door, and with the last it is gone."""
        registry = Memberships(Memory(Shelf(Clock())))

        def join(owner: str, key: str = "k", same: int = 1) -> Deferred[None]:
            return registry.join(("g",), owner, proxy=owner, key=key, same=(same,), mismatch="another door")

        self.successResultOf(join("a"))
        self.assertEqual(self.failureResultOf(join("b", "x", 2), Refused).value.brief, "another door")
        self.assertEqual(self.failureResultOf(join("b", "x"), Refused).value.brief, "group auth failed")
        self.failureResultOf(join("a"), Unavailable)
        self.successResultOf(join("b"))
        for owner, left in ("a", 1), ("a", 1), ("stranger", 1), ("b", 0):
            registry.leave(("g",), owner)
            self.assertEqual(len(registry), left)
        self.successResultOf(join("c", "x", 2))


@implementer(IRun)
class Leaving:
    """A run that makes room when it is told to, and not at once."""

    def __init__(self, tenure: Tenure) -> None:
        self.tenure = tenure
        self.told: dict[str, object] = {}
        self.heard: list[Deferred[None]] = []

    def replaced(self) -> Deferred[None]:
        """It takes its time."""
        self.heard.append(Deferred())
        return self.heard[-1]


class RunTests(SynchronousTestCase):
    """Which run has a run id."""

    def test_inTurn(self) -> None:
        """Each waits for the one before it; who was overtaken meanwhile hears so."""
        runs = Runs(Memory(Shelf(Clock())))
        first, second, third = [Leaving(self.successResultOf(runs.tenure("r"))) for _ in range(3)]
        self.assertTrue(self.successResultOf(runs.take("r", first)))
        overtaken, last = runs.take("r", second), runs.take("r", third)
        self.assertNoResult(overtaken)
        first.heard[0].callback(None)
        self.assertFalse(self.successResultOf(overtaken))
        runs.release("r", second)
        self.assertNoResult(last)
        second.heard[0].callback(None)
        self.assertTrue(self.successResultOf(last))
        runs.release("r", third)
        self.assertEqual(len(runs), 0)


class OwnerTests(ServerTestCase):
    """What proxies hold on a server."""

    def test_nothingStays(self) -> None:
        """When the last client has gone nothing is claimed, whatever it had."""
        server = self.server(vhostHTTPSPort=443)
        talk = self.login(client_id="laptop", run_id="r")
        for name, kind, group in (("a", "tcp", "g"), ("b", "stcp", ""), ("c", "https", "g")):
            answer = self.register(talk, name, 0, type=kind, custom_domains=["a.org"], group=group)
            self.assertEqual(answer.error, "")
        claims = [server.shared.names, server.shared.clientIDs, server.shared.visited, server.shared.routes]
        self.assertEqual([one.held() for one in claims], [3, 1, 1, 1])
        talk.say(CloseProxy(proxy_name="c"))
        self.network.settle()
        self.assertEqual([one.held() for one in claims], [2, 1, 1, 0])
        talk.close()
        self.network.settle()
        self.assertEqual([one.held() for one in claims], [0, 0, 0, 0])

    def test_nameIsKept(self) -> None:
        """A second client that is refused a name does not free it when it goes."""
        self.server()
        self.register(self.login())
        other = self.login()
        self.assertEqual(self.register(other).error, "proxy [web] already exists")
        other.close()
        self.network.settle()
        self.assertEqual(self.register(self.login()).error, "proxy [web] already exists")
