"""Nodes that die, that are cut off, that sleep, and that are not right about the time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, cast

import attrs
from twisted.internet.defer import gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock

from frp.directories.redis.node import RedisNode
from frp.directories.redis.presence import REAPED, Pace
from frp.directories.redis.words import inPieces
from frp.interfaces import Entry, Tenure
from frp.test.directories.redis.cases import QUICK, RedisTestCase, Site, reactor, thing
from frp.test.directories.redis.forwarder import Forwarder
from frp.testing.contracts.directory import Watching


class Shifted:
    """The time of somebody who is wrong about it."""

    def __init__(self, shift: float) -> None:
        self._shift = shift
        self.callLater = cast("IReactorTime", reactor).callLater

    def seconds(self) -> float:
        """Seconds since 1970, more or less."""
        return cast("IReactorTime", reactor).seconds() + self._shift

    def getDelayedCalls(self) -> list[Any]:
        """Nobody asks."""
        return []


class LeaseTestCase(RedisTestCase):
    """Two nodes, the second of which can be cut off."""

    async def start(self, pace: Pace = QUICK) -> tuple[RedisNode, RedisNode]:
        """@return: both; what the second loses is in C{lost}."""
        self.lost: list[tuple[str, str]] = []
        self.way = Forwarder(self.server.port)
        self.addCleanup(self.way.close)
        self.site = Site("far")
        near = self.node("near", pace)
        far = self.node("far", pace, self.site, f"redis://127.0.0.1:{self.way.port}/1")
        await near.open()
        await far.open()
        return near, far

    def losing(self, name: str) -> Callable[[Entry], object]:
        """@return: what notes that this was lost."""
        return lambda other: self.lost.append((name, other.node))


class DeathTests(LeaseTestCase):
    """A node that is cut off in both directions is as good as dead."""

    async def test_gone(self) -> None:
        """What it held can be had when its lease has ended, and its return makes it another node that has lost that."""
        near, far = await self.start()
        watching = Watching()
        near.watch("thing", watching)
        for name in ("a", "b", "c"):
            await far.claim(thing(name), self.losing(name))
        was = far.node
        self.way.cut = {"there", "back"}
        self.assertIsNotNone(await near.claim(thing("a"), self.fail))
        await self.until(lambda: not far.reachable)
        self.assertEqual(self.lost, [])
        began = time.monotonic()
        while await near.claim(thing("a"), self.fail):
            await self.later(0.02)
        self.assertLess(time.monotonic() - began, QUICK.lease + 0.5)
        await self.until(lambda: len(watching.entries) == 1)
        self.assertEqual([each.node for each in watching.entries.values()], [near.node])
        self.way.cut = set()
        await self.until(lambda: far.reachable)
        self.assertEqual(self.lost, [("a", near.node)])
        self.assertNotEqual(far.node, was)
        await self.until(lambda: len(watching.entries) == 3)
        self.assertEqual([each.node for each in await near.find(("thing", "b"))], [far.node])
        self.assertIn("is lost: it has not answered for", self.site.text)
        self.assertIn("is reached again", self.site.text)
        self.assertIn(f"1 things were lost meanwhile, to {near.node}: thing a", self.site.text)

    async def test_once(self) -> None:
        """Who watches hears once of each thing that a dead node has held, however many nodes clear up behind it."""
        # The machine may stand still for a while, with so many of them: nobody but who is cut off has died then.
        patient = attrs.evolve(QUICK, lease=4.0, patience=3.0)
        near, far = await self.start(patient)
        third = self.node("third", patient)
        await third.open()
        count = 2 * REAPED + 10
        watchings = [Watching(), Watching()]
        for node, watching in zip((near, third), watchings, strict=True):
            node.watch("thing", watching)
        for some in inPieces(range(count), 100):
            await gatherResults([far.claim(thing(str(number)), self.losing("")) for number in some])
        await self.until(lambda: all(len(each.entries) == count for each in watchings))
        self.way.cut = {"there", "back"}
        await self.until(lambda: not any(each.entries for each in watchings))
        for watching in watchings:
            self.assertEqual(len(watching.told), 2 * count)
        self.assertNotIn(far.node, self.server.say("-n", "1", "SMEMBERS", "frp:nodes"))

    async def test_restedOrder(self) -> None:
        """Things come back in the order in which they were claimed."""
        near, far = await self.start()
        names = [str(number) for number in range(250)]
        for name in names:
            far.claim(thing(name), self.losing(name))
        await far.claim(thing("last"), self.fail)
        self.way.cut = {"there", "back"}
        await self.until(lambda: not far.reachable)
        await self.later(QUICK.lease)
        watching = Watching()
        near.watch("thing", watching)
        await self.until(lambda: not watching.entries)
        watching.told.clear()
        self.way.cut = set()
        await self.until(lambda: len(watching.entries) == 251)
        held = [each for each in watching.told if each.startswith("+")]
        self.assertEqual(held[-251:], [f"+{name} x" for name in [*names, "last"]])
        self.assertEqual(self.lost, [])


class CutTests(LeaseTestCase):
    """Only one direction is cut."""

    async def test_deaf(self) -> None:
        """A node that hears nothing finds that out; it holds what it held, and its questions fail after a while."""
        near, far = await self.start()
        await far.claim(thing("a"), self.losing("a"))
        self.way.cut = {"back"}
        failure = await self.failed(far.claim(thing("b"), self.fail))
        self.assertIn(f"redis://127.0.0.1:{self.way.port}/1 cannot be reached", failure.detail)
        await self.until(lambda: not far.reachable)
        self.way.cut = set()
        await self.until(lambda: far.reachable)
        self.assertEqual([each.node for each in await near.find(("thing", "a"))], [far.node])
        # Nobody waits for what was claimed by who did not hear of it.
        self.assertIsNone(await near.claim(thing("b"), self.fail))
        self.assertEqual(self.lost, [])

    async def test_unheard(self) -> None:
        """A node whose questions are answered, and that is not told of changes any more, finds that out as well."""
        near, far = await self.start()
        watching = Watching()
        far.watch("thing", watching)
        await near.claim(thing("a"), self.fail)
        await self.until(lambda: watching.entries)
        self.way.cut = {"back 2"}
        await near.release(("thing", "a"), "x")
        await near.claim(thing("b"), self.fail)
        await self.until(lambda: watching.told == ["+a x", "-a x", "+b x"])
        self.assertIn("is lost: changes are not heard of any more", self.site.text)
        self.assertTrue(far.reachable)

    async def test_mute(self) -> None:
        """A node that nobody hears is dead to the others, and finds out that it is."""
        near, far = await self.start()
        await far.claim(thing("a"), self.losing("a"))
        self.way.cut = {"there"}
        while await near.claim(thing("a"), self.fail):
            await self.later(0.02)
        self.way.cut = set()
        await self.until(lambda: self.lost)
        self.assertEqual(self.lost, [("a", near.node)])
        await self.until(lambda: far.reachable)


class StaleTests(RedisTestCase):
    """A node that does not know how late it is."""

    async def test_fenced(self) -> None:
        """A node that has forgotten to renew its lease changes nothing by what it asks, but becomes another first."""
        lost: list[str] = []
        clock = Clock()
        near, far = self.node("near"), self.node(site=Site("far", clock))
        await near.open()
        await far.open()
        was = far.node
        await far.claim(thing("a"), lambda other: lost.append(other.node))
        await far.claim(thing("b"), self.fail)
        await self.later(QUICK.lease + 0.1)
        self.assertIsNone(await near.claim(thing("a"), self.fail))
        self.assertEqual((far.node, lost), (was, []))
        asked = far.claim(thing("c"), self.fail)
        released = far.release(("thing", "b"), "x")
        await self.until(lambda: not far.reachable)
        clock.advance(0.1)
        self.assertIsNone(await asked)
        await released
        self.assertNotEqual(far.node, was)
        self.assertEqual(lost, [near.node])
        self.assertEqual([each.node for each in await near.find(("thing", "c"))], [far.node])
        self.assertEqual(await near.find(("thing", "b")), [])

    async def test_late(self) -> None:
        """An answer that comes when the lease may have ended is not believed; the question is asked again."""
        now = [0.0]
        node = self.node(pace=attrs.evolve(QUICK, lease=60.0, monotonic=lambda: now[0]))
        other = self.node("other")
        await node.open()
        await other.open()
        asked = node.claim(thing("a"), self.fail)
        now[0] = 61.0
        self.assertIsNone(await asked)
        self.assertIn("the lease of this node has ended", cast(Site, node._site).text)
        self.assertEqual([each.node for each in await other.find(("thing", "a"))], [node.node])

    async def test_lateNews(self) -> None:
        """What is heard by a node whose lease may have ended makes it come again, though it asks for nothing."""
        now = [0.0]
        node = self.node(pace=attrs.evolve(QUICK, lease=60.0, renewed=50.0, monotonic=lambda: now[0]))
        other = self.node("other")
        await node.open()
        await other.open()
        heeded: list[bool] = []
        node.heed(heeded.append)
        now[0] = 61.0
        await other.claim(thing("a"), self.fail)
        await self.until(lambda: heeded == [False, True])

    async def test_stopped(self) -> None:
        """A process that was stopped finds out first of all what it has lost."""
        near = self.node("near")
        await near.open()
        words = [sys.executable, "-m", "frp.test.directories.redis.sleeper", self.url]
        child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        was = child.stdout.readline()
        self.assertTrue(was.startswith("held as far."), was)
        child.send_signal(signal.SIGSTOP)
        while await near.claim(thing("a"), self.fail):
            await self.later(0.05)
        child.send_signal(signal.SIGCONT)
        said = [child.stdout.readline() for _ in range(3)]
        self.assertEqual(said[0], "away\n")
        self.assertEqual(said[1], f"lost to {near.node}\n")
        self.assertTrue(said[2].startswith("back as far."), said[2])
        self.assertNotEqual(said[2].split()[-1], was.split()[-1])


class RaceTests(RedisTestCase):
    """Several at once."""

    async def test_oneWins(self) -> None:
        """Of two that claim a thing at once, a thousand times, one has it each time, and the other knows who."""
        nodes = [self.node(f"n{number}") for number in range(2)]
        for node in nodes:
            await node.open()
        won = set()
        for number in range(1000):
            both = nodes if number % 2 else nodes[::-1]
            answers = await gatherResults([node.claim(thing(str(number)), self.fail) for node in both])
            (other,) = [each for each in answers if each is not None]
            self.assertEqual(await nodes[0].find(("thing", str(number))), [other])
            won.add(other.node)
        self.assertEqual(won, {node.node for node in nodes})

    async def test_clocks(self) -> None:
        """It does not matter what time the nodes think it is."""
        nodes = [
            self.node(site=Site(f"n{number}", cast("IReactorTime", Shifted(shift))))
            for number, shift in enumerate((0, 3600, -3600))
        ]
        for node in nodes:
            await node.open()
            await node.claim(thing(node.node), self.fail)
        await nodes[1].keep(("a",), {"n": 1}, 0.5)
        epochs = [await nodes[number % 3].epoch() for number in range(9)]
        self.assertEqual(epochs, sorted(set(epochs)))
        self.assertEqual(await nodes[2].kept(("a",)), {"n": 1})
        await self.later(2 * QUICK.lease)
        self.assertIsNone(await nodes[2].kept(("a",)))
        for node in nodes:
            self.assertTrue(node.reachable)
            for other in nodes:
                self.assertEqual(len(await other.find(("thing", node.node))), 1)
        self.assertEqual([cast(Site, node._site).text for node in nodes], ["", "", ""])

    async def test_rest(self) -> None:
        """What is held costs no messages: a node with many things says as little as one with none."""
        node = self.node()
        await node.open()
        for some in inPieces(range(1000), 100):
            await gatherResults([node.claim(thing(str(number)), self.fail) for number in some])
        before = self.calls()
        await self.later(5 * QUICK.renewed)
        self.assertLessEqual(self.calls() - before, 6)

    def calls(self) -> int:
        """@return: how many scripts were run."""
        (line,) = [one for one in self.server.say("INFO", "commandstats").split() if one.startswith("cmdstat_evalsha:")]
        return int(line.partition("calls=")[2].partition(",")[0])

    async def test_tenureElsewhere(self) -> None:
        """Whoever is succeeded while it asks for the thing again is told once."""
        lost: list[Entry] = []
        first, second = self.node("first"), self.node("second")
        await first.open()
        await second.open()
        epochs = [await first.epoch() for _ in range(2)]
        await first.claim(thing("a", tenure=Tenure("r", epochs[0])), lost.append)
        for _ in range(50):
            first.claim(thing("a", tenure=Tenure("r", epochs[0]), value={"n": len(lost)}), lost.append)
        taken = second.claim(thing("a", "y", tenure=Tenure("r", epochs[1])), self.fail)
        self.assertIsNone(await taken)
        await self.until(lambda: lost)
        await self.later(0.1)
        self.assertEqual([each.owner for each in lost], ["y"])
        self.assertEqual([each.owner for each in await first.find(("thing", "a"))], ["y"])
