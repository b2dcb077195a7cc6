"""A store that is away for a while, or comes back with nothing in it."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import gatherResults

from frp.directories.redis.node import RedisNode
from frp.directories.redis.presence import Pace
from frp.interfaces import Tenure
from frp.test.directories.redis.cases import QUICK, RedisTestCase, Site, thing
from frp.testing.contracts.directory import Watching


class AwayTestCase(RedisTestCase):
    """Two nodes, the second of which looks for the store less often than the first."""

    async def start(self) -> tuple[RedisNode, RedisNode]:
        """@return: both; what is lost is in C{lost}."""
        self.lost: list[tuple[str, str]] = []
        self.site = Site("first")
        first = self.node(site=self.site)
        second = self.node("second", attrs.evolve(QUICK, again=0.4, seldom=0.4))
        await first.open()
        await second.open()
        return first, second

    def claim(self, node: RedisNode, name: str, **fields: Any) -> Any:
        """Somebody claims something."""
        return node.claim(thing(name, **fields), lambda other: self.lost.append((name, other.owner)))


class EmptyTests(AwayTestCase):
    """Redis was killed, and started again; it remembers nothing."""

    async def restarted(self, *nodes: RedisNode) -> None:
        """All nodes know that it is away when it comes again."""
        self.server.kill()
        await self.until(lambda: not any(node.reachable for node in nodes))
        self.server.start()

    async def test_again(self) -> None:
        """All nodes say again what they hold, and watchers hear of what is different only."""
        first, second = await self.start()
        watching = Watching()
        second.watch("thing", watching)
        for name in "abc":
            await self.claim(first, name)
        await self.claim(second, "d", share="s")
        await self.claim(first, "d", share="s")
        await self.until(lambda: len(watching.entries) == 5)
        names = {first.node, second.node}
        heeded: list[bool] = []
        first.heed(heeded.append)
        await self.restarted(first, second)
        await self.until(lambda: first.reachable and second.reachable)
        self.assertEqual(heeded, [False, True])
        self.assertFalse(names & {first.node, second.node})
        await self.until(lambda: {node for _, node, _ in watching.entries} == {first.node, second.node})
        self.assertEqual(len(watching.entries), 5)
        self.assertEqual(self.lost, [])
        self.assertIsNotNone(await self.claim(second, "a"))
        self.assertIn("4 things are held as before", self.site.text)

    async def test_whoComesFirst(self) -> None:
        """What has no tenure is whose it is that comes first; what has, is the later one's."""
        first, second = await self.start()
        one, two = [await first.epoch() for _ in range(2)]
        await self.claim(second, "plain")
        await self.claim(second, "older", tenure=Tenure("r", one))
        await self.claim(second, "later", tenure=Tenure("r", two))
        await self.restarted(first, second)
        await self.until(lambda: first.reachable)
        self.assertFalse(second.reachable)
        self.assertIsNone(await self.claim(first, "plain", owner="y"))
        self.assertIsNone(await self.claim(first, "older", owner="y", tenure=Tenure("r", two)))
        self.assertIsNone(await self.claim(first, "later", owner="y", tenure=Tenure("r", one)))
        await self.until(lambda: second.reachable)
        await self.until(lambda: len(self.lost) == 3)
        self.assertEqual(sorted(self.lost), [("later", "x"), ("older", "y"), ("plain", "y")])
        for name, owner in (("plain", "y"), ("older", "y"), ("later", "x")):
            self.assertEqual([each.owner for each in await first.find(("thing", name))], [owner])

    async def test_epoch(self) -> None:
        """Epochs go on, and so they do behind one that a node has seen and that is ahead of the time."""
        first, second = await self.start()
        one = await first.epoch()
        ahead = one + 10**12
        await self.claim(second, "a", tenure=Tenure("r", ahead))
        await self.restarted(first, second)
        self.assertGreater(await first.epoch(), one)
        await self.until(lambda: second.reachable)
        self.assertGreater(await first.epoch(), ahead)

    async def test_waiting(self) -> None:
        """What is asked meanwhile is answered in its order; what is given back meanwhile is not held again."""
        first, second = await self.start()
        await self.claim(first, "a")
        await self.claim(first, "b")
        self.server.kill()
        await self.until(lambda: not first.reachable)
        asked = [self.claim(first, "c"), first.release(("thing", "a"), "x"), self.claim(first, "c", owner="y")]
        asked += [first.find(("thing", "a")), first.release(("thing", "c"), "x"), self.claim(first, "c", owner="y")]
        self.server.start()
        answers = await gatherResults(asked)
        self.assertEqual([answers[0], answers[2].owner, answers[3], answers[5]], [None, "x", [], None])
        await self.until(lambda: second.reachable)
        self.assertEqual([len(await second.find(("thing", name))) for name in "abc"], [0, 1, 1])

    async def test_flushed(self) -> None:
        """Somebody has emptied the store, and taken the scripts away."""
        first, second = await self.start()
        await self.claim(first, "a")
        self.server.say("FLUSHALL")
        self.server.say("SCRIPT", "FLUSH")
        self.assertIsNone(await self.claim(first, "b"))
        await self.until(lambda: first.reachable and second.reachable)
        self.assertIsNotNone(await self.claim(second, "a"))
        self.assertEqual(self.lost, [])


class PausedTests(AwayTestCase):
    """Redis stands still, and nobody is told."""

    async def test_short(self) -> None:
        """Who asks meanwhile gets the answer a little later; nobody was away."""
        first, _ = await self.start()
        self.server.pause()
        asked = self.claim(first, "a")
        await self.later(0.3)
        self.server.resume()
        self.assertIsNone(await asked)
        self.assertEqual(self.site.text, "")

    async def test_long(self) -> None:
        """Questions fail with what is wrong; what is held is held on, and what nobody waited for is nobody's."""
        first, second = await self.start()
        await self.claim(first, "a")
        self.server.pause()
        self.addCleanup(self.server.resume)
        failure = await self.failed(self.claim(first, "b"))
        self.assertIn(f"the directory redis://127.0.0.1:{self.server.port}/1 cannot be reached", failure.detail)
        await self.until(lambda: not first.reachable and not second.reachable)
        self.assertEqual(self.lost, [])
        failure = await self.failed(first.epoch())
        self.assertIn("cannot be reached: ", failure.detail)
        self.server.resume()
        await self.until(lambda: first.reachable and second.reachable)
        self.assertIsNotNone(await self.claim(second, "a"))
        self.assertIsNone(await self.claim(second, "b"))
        self.assertEqual(self.lost, [])

    async def test_givenBack(self) -> None:
        """What is given back meanwhile is nobody's when the store is there again, and nobody waits for that."""
        first, second = await self.start()
        for name in "ab":
            await self.claim(first, name)
        self.server.pause()
        self.addCleanup(self.server.resume)
        await self.until(lambda: not first.reachable)
        given = first.release(("thing", "a"), "x")
        self.assertTrue(given.called)
        self.server.resume()
        await self.until(lambda: first.reachable and second.reachable)
        self.assertEqual([len(await second.find(("thing", name))) for name in "ab"], [0, 1])

    async def test_forgotten(self) -> None:
        """An answer that comes too late for its question is put right."""
        site = Site("patient")
        node = self.node(site=site, pace=attrs.evolve(QUICK, lease=5.0, renewed=1.0))
        other = self.node("other")
        await node.open()
        await other.open()
        await self.claim(node, "b", value={"n": 1})
        self.server.pause()
        self.addCleanup(self.server.resume)
        asked = [self.claim(node, "a"), self.claim(node, "b", value={"n": 2})]
        for one in asked:
            await self.failed(one)
        self.server.resume()
        await self.until(lambda: other.reachable)
        while await other.claim(thing("a"), self.fail):
            await self.later(0.02)
        (held,) = await other.find(("thing", "b"))
        self.assertEqual(held.value, {"n": 1})
        self.assertEqual(site.text, "")


class GoingTests(RedisTestCase):
    """Nodes that go."""

    async def test_closed(self) -> None:
        """A node that has gone has left nothing, holds no connection, and answers no more."""
        node = self.node(pace=Pace())
        await node.open()
        await gatherResults([node.claim(thing(str(number)), self.fail) for number in range(600)])
        await node.close()
        left = set(self.server.say("-n", "1", "KEYS", "*").split())
        self.assertEqual(left, {"frp:sequence"})
        self.assertFalse(node.reachable)
        failure = await self.failed(node.claim(thing("a"), self.fail))
        self.assertIn("this node has left it", failure.detail)
        await self.until(lambda: "connected_clients:1" in self.server.say("INFO", "clients"))

    async def test_closedAway(self) -> None:
        """A node goes that cannot say so, and leaves nothing behind here."""
        node = self.node()
        await node.open()
        self.server.kill()
        asked = node.epoch()
        await self.until(lambda: not node.reachable)
        await node.close()
        self.assertIn("this node has left it", (await self.failed(asked)).detail)

    async def test_watcherFails(self) -> None:
        """A watcher with a bug, or an owner with one, is told of, and nobody else suffers."""
        site = Site("node")
        node = self.node(site=site)
        await node.open()
        bad, good = Watching(), Watching()
        self.patch(bad, "held", lambda entry: 1 / 0)
        node.watch("thing", bad)
        node.watch("thing", good)
        one, two = [await node.epoch() for _ in range(2)]
        await node.claim(thing("a", tenure=Tenure("r", one)), lambda other: 1 / 0)
        await node.claim(thing("a", "y", tenure=Tenure("r", two)), self.fail)
        await self.until(lambda: good.told == ["+a x", "-a x", "+a y"])
        await self.until(lambda: "could not be told" in site.text)
        self.assertIn("a watcher of ('thing', 'a') failed", site.text)
        self.assertTrue(node.reachable)
