"""A directory in memory."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from frp.directories.memory import MANY, Memory, Shelf
from frp.interfaces import IDirectory
from frp.testing.contracts import DirectoryContract


class MemoryTests(DirectoryContract, TestCase):
    """It keeps the contract."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.shelf = Shelf(self.clock)

    def nodes(self, count: int) -> Deferred[list[IDirectory]]:
        return succeed([Memory(self.shelf) for _ in range(count)])

    async def test_forgotten(self) -> None:
        """What was kept runs out, and does not stay for ever."""
        node = Memory(self.shelf)
        for number in range(MANY):
            await node.keep(("a", str(number)), {"n": number}, 10)
        self.clock.advance(10)
        self.assertEqual(await node.kept(("a", "7")), {"n": 7})
        self.clock.advance(1)
        self.assertIsNone(await node.kept(("a", "7")))
        await node.keep(("b",), {}, 10)
        self.assertEqual(len(self.shelf.remembered), 1)
