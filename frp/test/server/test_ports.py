"""Tests of the port registry."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.directories.memory import Memory, Shelf
from frp.errors import PortTaken
from frp.server.registry.ports import CANDIDATES, Ports

HOUR = 3600.0


class System:
    """What the operating system would say: some ports are held by other programs."""

    def __init__(self) -> None:
        self.busy: set[int] = set()
        self.asked: list[int] = []

    def probe(self, port: int) -> Exception | None:
        self.asked.append(port)
        return OSError("address already in use") if port in self.busy else None


class Asked:
    """The registry, asked by proxies of which each name is one owner."""

    def __init__(self, allowed: Iterable[tuple[int, int]], system: System, clock: Clock, random: Random) -> None:
        self.registry = Ports(Memory(Shelf(clock)), "tcp", allowed, system.probe, random)
        self.holder = self.registry.holder
        self.owners: dict[int, str] = {}

    def acquire(self, name: str, port: int) -> int:
        """@raise PortTaken: it cannot be had."""
        results: list[int | Failure] = []
        self.registry.acquire(name, port, name).addBoth(results.append)
        (result,) = results
        if isinstance(result, Failure):
            result.raiseException()
        assert isinstance(result, int)
        self.owners[result] = name
        return result

    def release(self, port: int) -> None:
        """By who has it."""
        self.registry.release(port, self.owners.get(port))


class PortsTests(SynchronousTestCase):
    """What proxies get that ask for ports."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.system = System()

    def ports(self, *allowed: tuple[int, int]) -> Asked:
        return Asked(allowed, self.system, self.clock, Random(1))

    def refused(self, ports: Asked, name: str, port: int) -> PortTaken:
        error = self.assertRaises(PortTaken, ports.acquire, name, port)
        assert isinstance(error, PortTaken)
        return error

    def testGiven(self) -> None:
        """A proxy gets the port it names."""
        ports = self.ports()
        self.assertEqual((ports.acquire("web", 6000), ports.holder(6000), ports.holder(6001)), (6000, "web", None))

    def testUsed(self) -> None:
        """A port of another proxy is refused with the text that clients know; our log tells who has it."""
        ports = self.ports()
        ports.acquire("web", 6000)
        error = self.refused(ports, "ssh", 6000)
        self.assertEqual((error.brief, error.detail), ("port already used", "port 6000 is already used by proxy [web]"))

    def testNotAllowed(self) -> None:
        """A port outside of allowPorts is refused; our log tells what is inside."""
        ports = self.ports((2000, 3000), (3001, 3001), (4000, 4000), (9, 5), (0, 0))
        for port in (1999, 3002, 4001, 7, -1, 65536):
            error = self.refused(ports, "web", port)
            self.assertEqual(error.brief, "port not allowed")
            self.assertEqual(error.detail, f"port {port} is not allowed; allowPorts has 2000-3001, 4000")
        self.assertEqual(
            [ports.acquire("a", 2000), ports.acquire("b", 3001), ports.acquire("c", 4000)], [2000, 3001, 4000]
        )
        self.assertEqual(self.system.asked, [2000, 3001, 4000])

    def testAllAllowed(self) -> None:
        """Without allowPorts every port can be had."""
        ports = self.ports()
        self.assertEqual([ports.acquire(str(port), port) for port in (1, 65535)], [1, 65535])
        self.assertEqual(self.refused(ports, "web", 65536).brief, "port not allowed")

    def testNothingAllowed(self) -> None:
        """An allowPorts with nothing in it allows nothing."""
        ports = self.ports((5, 4))
        self.assertEqual(self.refused(ports, "web", 5).detail, "port 5 is not allowed; allowPorts has none")
        self.assertEqual(self.refused(ports, "web", 0).brief, "no available port")

    def testUnavailable(self) -> None:
        """A port of another program is refused; our log has the system's words. Later it can be had."""
        ports = self.ports()
        self.system.busy.add(6000)
        error = self.refused(ports, "web", 6000)
        self.assertEqual(error.brief, "port unavailable")
        self.assertEqual(error.detail, "port 6000 is unavailable: address already in use")
        self.system.busy.clear()
        self.assertEqual(ports.acquire("web", 6000), 6000)

    def testRelease(self) -> None:
        """A port that was given back can be had by others, and giving it back twice does no harm."""
        ports = self.ports()
        ports.acquire("web", 6000)
        ports.release(6000)
        ports.release(6000)
        self.assertEqual((ports.acquire("ssh", 6000), ports.holder(6000)), (6000, "ssh"))

    def testOwner(self) -> None:
        """Who gives a port back late, which is another's by then, takes nothing away from it."""
        ports = self.ports()
        ports.acquire("web", 6000)
        ports.release(6000)
        ports.acquire("ssh", 6000)
        ports.registry.release(6000, "web")
        self.assertEqual(ports.holder(6000), "ssh")

    def testSameAgain(self) -> None:
        """A proxy that leaves the choice to the server gets the port it had within the last day."""
        ports = self.ports()
        first = ports.acquire("web", 0)
        ports.release(first)
        self.clock.advance(24 * HOUR)
        self.assertEqual(ports.acquire("web", 0), first)
        self.clock.advance(100 * HOUR)
        ports.release(first)
        self.assertEqual(ports.acquire("web", 0), first)

    def testForgotten(self) -> None:
        """After more than a day the name has no claim."""
        ports = self.ports()
        first = ports.acquire("web", 0)
        ports.release(first)
        self.clock.advance(24 * HOUR + 1)
        self.assertNotEqual(ports.acquire("web", 0), first)

    def testTakenMeanwhile(self) -> None:
        """A port that somebody else has by now is not given twice, even where its new owner has not opened it yet."""
        ports = self.ports()
        first = ports.acquire("web", 0)
        ports.release(first)
        ports.acquire("ssh", first)
        self.assertNotEqual(ports.acquire("web", 0), first)
        self.assertEqual(ports.holder(first), "ssh")

    def testFewCandidates(self) -> None:
        """The server tries five ports, all different, before it gives up; our log tells which and why."""
        ports = self.ports((1, 100))
        self.system.busy.update(range(1, 101))
        error = self.refused(ports, "web", 0)
        self.assertEqual((error.brief, len(set(self.system.asked))), ("no available port", CANDIDATES))
        for port in self.system.asked:
            self.assertIn(f"{port} (address already in use)", error.detail)

    def testLastFree(self) -> None:
        """However few ports are free, the server finds them."""
        ports = self.ports((10, 11), (20, 20), (30, 31))
        self.assertEqual({ports.acquire(str(i), 0) for i in range(5)}, {10, 11, 20, 30, 31})
        self.assertEqual(self.refused(ports, "6", 0).brief, "no available port")
        ports.release(20)
        self.assertEqual(ports.acquire("6", 0), 20)

    def testRandom(self) -> None:
        """The chosen ports are spread over all that is allowed."""
        ports = self.ports()
        chosen = [ports.acquire(str(i), 0) for i in range(400)]
        self.assertEqual(len(set(chosen)), 400)
        self.assertTrue(all(any(low < port <= low + 6554 for port in chosen) for low in range(0, 65535, 6554)))


class GroupTests(SynchronousTestCase):
    """Two nodes whose members of a group come at the same moment: neither has heard of the other's port."""

    def setUp(self) -> None:
        shelf = Shelf(Clock())
        self.directories = [Memory(shelf), Memory(shelf)]
        self.systems = [System(), System()]
        for directory in self.directories:
            # What others have is heard of late.
            self.patch(directory, "watch", lambda kind, watcher: lambda: None)
        both = zip(self.directories, self.systems, strict=True)
        self.here, self.there = [
            Ports(directory, "tcp", [(1000, 1009)], system.probe, Random(7 * place))
            for place, (directory, system) in enumerate(both)
        ]

    def port(self, ports: Ports, name: str, group: str = "g") -> int:
        """@return: what a member gets that leaves it to the server."""
        return self.successResultOf(ports.acquire(name, 0, name, group))

    def left(self) -> list[int]:
        """@return: how many hold each port, and what is said of the group."""
        ports = [len(self.successResultOf(self.here._directory.find(("tcp", str(port))))) for port in range(1000, 1010)]
        agreed = self.successResultOf(self.here._directory.find(("tcp group", "g")))
        return [*filter(None, ports), len(agreed)]

    def test_one(self) -> None:
        """They get one port, and a group of another name another one."""
        port = self.port(self.here, "a")
        self.assertEqual(self.port(self.there, "b"), port)
        self.assertEqual(self.left(), [2, 2])
        self.assertNotEqual(self.port(self.there, "c", "other"), port)

    def test_stays(self) -> None:
        """It is the group's as long as any member is there, and nothing is left behind."""
        port = self.port(self.here, "a")
        self.successResultOf(self.there.join("b", port, "b", "g"))
        self.here.release(port, "a")
        self.assertEqual(self.port(self.here, "c"), port)
        self.here.release(port, "c")
        self.there.release(port, "b")
        self.assertEqual(self.left(), [0])

    def test_notThere(self) -> None:
        """Where another program has that port the member is refused, and holds nothing."""
        port = self.port(self.here, "a")
        self.systems[1].busy = {port}
        error = self.failureResultOf(self.there.acquire("b", 0, "b", "g"), PortTaken).value
        self.assertEqual(str(error), f"port {port} is unavailable: address already in use")
        self.assertEqual(self.left(), [1, 1])

    def test_joinsAnother(self) -> None:
        """Who joins a port that is not the group's is refused."""
        port = self.port(self.here, "a")
        other = 1000 + (port + 1) % 10
        error = self.failureResultOf(self.there.join("b", other, "b", "g"), PortTaken).value
        self.assertEqual(str(error), f"group g has port {port} now, and not {other}")
        self.assertEqual(self.left(), [1, 1])


class PortsMachine(RuleBasedStateMachine):
    """The registry beside a model that is too simple to be wrong: a set, two dicts and a clock."""

    NAMES = st.sampled_from("abcdef")
    PORTS = st.integers(8, 22)

    @initialize(allowed=st.lists(st.tuples(PORTS, PORTS), max_size=4), seed=st.integers(0, 9))
    def start(self, allowed: list[tuple[int, int]], seed: int) -> None:
        self.clock, self.system = Clock(), System()
        self.ports = Asked([*allowed, (10, 12)], self.system, self.clock, Random(seed))
        self.free = {port for first, last in [*allowed, (10, 12)] for port in range(first, last + 1)}
        self.used: dict[int, str] = {}
        self.had: dict[str, tuple[int, float | None]] = {}

    def took(self, name: str, port: int) -> None:
        self.free.remove(port)
        self.used[port] = name
        self.had[name] = (port, None)

    @rule(name=NAMES, port=PORTS)
    def acquire(self, name: str, port: int) -> None:
        try:
            assert self.ports.acquire(name, port) == port
        except PortTaken as error:
            if port in self.used:
                assert error.brief == "port already used"
                assert self.used[port] in error.detail
            elif port not in self.free:
                assert error.brief == "port not allowed"
            else:
                assert error.brief == "port unavailable"
                assert port in self.system.busy
        else:
            assert port not in self.system.busy
            self.took(name, port)

    @rule(name=NAMES)
    def acquireAny(self, name: str) -> None:
        port, released = self.had.get(name, (0, None))
        recent = released is None or self.clock.seconds() - released <= 24 * HOUR
        again = recent and port in self.free - self.system.busy
        self.system.asked.clear()
        try:
            got = self.ports.acquire(name, 0)
        except PortTaken as error:
            assert error.brief == "no available port"
            assert not again
            assert len(self.free - self.system.busy) == 0 or len(set(self.system.asked) & self.free) >= CANDIDATES
        else:
            assert got in self.free - self.system.busy
            assert got == port or not again
            self.took(name, got)

    @rule(port=PORTS)
    def release(self, port: int) -> None:
        self.ports.release(port)
        if port in self.used:
            name = self.used.pop(port)
            self.free.add(port)
            if self.had[name][0] == port:
                self.had[name] = (port, self.clock.seconds())

    @rule(hours=st.sampled_from([0.5, 1.0, 12.0, 24.5]))
    def wait(self, hours: float) -> None:
        self.clock.advance(hours * HOUR)

    @rule(port=PORTS)
    def otherProgram(self, port: int) -> None:
        if port not in self.used:
            self.system.busy ^= {port}

    @invariant()
    def sameHolders(self) -> None:
        assert {port: self.ports.holder(port) for port in range(8, 23) if self.ports.holder(port)} == self.used


PortsMachineTests = PortsMachine.TestCase
