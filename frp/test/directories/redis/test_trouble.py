"""Several nodes at work while everything goes wrong that can; in the end all of them must be of one mind."""

from __future__ import annotations

import os
from random import Random

import attrs
from twisted.internet.defer import Deferred, DeferredList

from frp.directories.redis.node import RedisNode
from frp.errors import Unavailable
from frp.interfaces import Entry, Key, Tenure
from frp.test.directories.redis.cases import QUICK, RedisTestCase, Site, thing
from frp.test.directories.redis.forwarder import Forwarder
from frp.testing.contracts.directory import Watching

#: Names of things, so few that nodes get into each other's way.
NAMES = [str(number) for number in range(30)]


class Owner:
    """
    Somebody on a node who claims things and gives them back.

    @ivar holds: what it believes to hold.
    """

    def __init__(self, node: RedisNode, name: str) -> None:
        self.node, self.name = node, name
        self.holds: dict[Key, Entry] = {}
        self.asking: set[Key] = set()
        self.serial = 0

    def act(self, random: Random, epoch: int) -> None:
        """Do something with one thing, unless it is not done with it yet."""
        name = random.choice(NAMES)
        # Nobody else on the node has an owner of this name for this thing, in no life of it.
        if ("thing", name) in self.asking:
            return
        if ("thing", name) in self.holds and random.random() < 0.5:
            asked: Deferred[object] = Deferred.fromCoroutine(self._release(("thing", name)))
        else:
            asked = Deferred.fromCoroutine(self._claim(random, name, epoch))
        asked.addErrback(lambda failure: failure.trap(Unavailable))

    async def _release(self, key: Key) -> None:
        self.asking.add(key)
        del self.holds[key]
        try:
            await self.node.release(key, self.name)
        finally:
            self.asking.discard(key)

    async def _claim(self, random: Random, name: str, epoch: int) -> None:
        self.serial += 1
        share = random.choice(["", "", "s"]) if int(name) % 2 else ""
        tenure = Tenure("r", epoch) if int(name) % 3 == 0 else Tenure()
        entry = thing(name, self.name, share=share, tenure=tenure, value={"n": self.serial})
        self.asking.add(entry.key)
        try:
            if await self.node.claim(entry, lambda _: self.holds.pop(entry.key, None)) is None:
                self.holds[entry.key] = entry
        finally:
            self.asking.discard(entry.key)


class TroubleTests(RedisTestCase):
    """Three nodes."""

    timeout = 60

    async def start(self) -> None:
        """Each node has its own way to the store, two owners, and somebody who watches."""
        self.ways = [Forwarder(self.server.port) for _ in range(3)]
        self.sites = [Site(f"n{number}") for number in range(3)]
        self.live: list[RedisNode] = []
        self.owners: list[Owner] = []
        self.watchings: list[Watching] = []
        for way, site in zip(self.ways, self.sites, strict=True):
            self.addCleanup(way.close)
            node = self.node(site=site, url=f"redis://127.0.0.1:{way.port}/1", pace=attrs.evolve(QUICK, patience=0.7))
            await node.open()
            self.live.append(node)
            self.owners += [Owner(node, "x"), Owner(node, "y")]
            self.watchings.append(Watching())
            node.watch("thing", self.watchings[-1])

    async def trouble(self, random: Random) -> None:
        """Something goes wrong, for a while."""
        way = random.choice(self.ways)
        what = random.choice(["there", "back", "both", "back", "kill", "flush", "pause", "lost", "scripts", "nothing"])
        if what == "kill":
            self.server.kill()
            await self.later(random.random() / 2)
            self.server.start()
        elif what == "flush":
            self.server.say("FLUSHALL")
        elif what == "scripts":
            self.server.say("SCRIPT", "FLUSH")
        elif what == "lost":
            self.server.say("CLIENT", "KILL", "TYPE", random.choice(["normal", "pubsub"]))
        elif what == "pause":
            self.server.pause()
            await self.later(random.random())
            self.server.resume()
        else:
            way.cut = {"there", "back"} if what == "both" else {what}
            await self.later(random.random() * 2)
            way.cut = set()

    async def test_oneMind(self) -> None:
        """What owners believe, what the store says and what watchers were told is the same when all is quiet."""
        seed = os.environ.get("FRP_TEST_SEED", "7")
        random = Random(seed)
        await self.start()
        for _ in range(4):
            troubled = Deferred.fromCoroutine(self.trouble(random))
            while not troubled.called:
                for owner in self.owners:
                    owner.act(random, random.randrange(10**6))
                await self.later(0.01)
            await troubled
            await self.later(0.1)
        await self.until(lambda: all(node.reachable for node in self.live), 20)
        await self.until(lambda: not any(owner.asking for owner in self.owners))
        await self.agree(seed)

    async def agree(self, seed: str) -> None:
        """@raise FailTest: they do not, in the end."""
        await self.until(lambda: all(node.reachable for node in self.live), 20)
        for _ in range(200):
            believed = {
                (key, owner.node.node, owner.name): entry.value
                for owner in self.owners
                for key, entry in owner.holds.items()
            }
            stored = await self.stored()
            told = [
                {(each.key, each.node, each.owner): each.value for each in watching.entries.values()}
                for watching in self.watchings
            ]
            if all(one == believed for one in (stored, *told)):
                break
            await self.later(0.05)
        for one in (stored, *told):
            self.assertEqual(
                one, believed, f"with FRP_TEST_SEED={seed}\n" + "\n".join(each.text for each in self.sites)
            )
        self.assertGreater(len(believed), 5)

    async def stored(self) -> dict[tuple[Key, str, str], object]:
        """@return: what the store says of all things."""
        asked = DeferredList([self.live[0].find(("thing", name)) for name in NAMES])
        return {(each.key, each.node, each.owner): each.value for _, some in await asked for each in some}
