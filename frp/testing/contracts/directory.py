"""What every directory must do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import CancelledError, Deferred, gatherResults
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.interfaces import Entry, IDirectory, IWatcher, Tenure

__all__ = ["DirectoryContract", "Watching"]

if TYPE_CHECKING:
    from twisted.trial.unittest import TestCase

    _Base = TestCase
else:
    _Base = object


@implementer(IWatcher)
class Watching:
    """
    Notes what it is told.

    @ivar told: C{+} or C{-} for held and gone, the last word of the key, and the owner.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.entries: dict[tuple[str, str, str], Entry] = {}

    def held(self, entry: Entry) -> None:
        """One more, or another value."""
        self.told.append(f"+{entry.key[-1]} {entry.owner}")
        self.entries[entry.key[-1], entry.node, entry.owner] = entry

    def gone(self, entry: Entry) -> None:
        """One less."""
        self.told.append(f"-{entry.key[-1]} {entry.owner}")
        del self.entries[entry.key[-1], entry.node, entry.owner]


class DirectoryContract(_Base):
    """
    A directory. Mix it in with L{twisted.trial.unittest.TestCase}.

    Where what others do comes to a node only after a while, L{until} waits for it.
    """

    def nodes(self, count: int) -> Deferred[list[IDirectory]]:
        """@return: fires with so many nodes of a new directory, which are open."""
        raise NotImplementedError

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true."""
        self.assertTrue(true())

    async def start(self) -> tuple[IDirectory, IDirectory]:
        """@return: two nodes; what their owners lose is in C{lost}."""
        self.lost: list[tuple[str, Entry]] = []
        first, second = await self.nodes(2)
        return first, second

    def claim(
        self,
        node: IDirectory,
        owner: str,
        name: str = "a",
        *,
        share: str = "",
        tenure: Tenure | None = None,
        **value: str,
    ) -> Deferred[Entry | None]:
        """Somebody claims something."""
        entry = Entry(("thing", name), owner, value, share, tenure or Tenure())
        return node.claim(entry, lambda other: self.lost.append((owner, other)))

    async def test_interface(self) -> None:
        """It is what it promises, and no two nodes are called the same."""
        first, second = await self.start()
        for node in (first, second):
            verifyObject(IDirectory, node)
            self.assertTrue(node.reachable)
        self.assertNotEqual(first.node, second.node)

    async def test_held(self) -> None:
        """The first has it, as often as it asks; others are shown what is in their way, and can have it afterwards."""
        first, second = await self.start()
        self.assertIsNone(await self.claim(first, "x", who="ann"))
        self.assertIsNone(await self.claim(first, "x", who="bob"))
        other = await self.claim(second, "x")
        assert other is not None
        self.assertEqual((other.key, other.owner, other.node), (("thing", "a"), "x", first.node))
        self.assertEqual(other.value, {"who": "bob"})
        self.assertIsNotNone(await self.claim(first, "y"))
        await first.release(("thing", "a"), "x")
        self.assertIsNone(await self.claim(second, "x"))
        self.assertEqual([(each.owner, each.node) for each in await first.find(("thing", "a"))], [("x", second.node)])
        self.assertEqual(self.lost, [])

    async def test_late(self) -> None:
        """What is given back by who does not hold it is not touched."""
        first, second = await self.start()
        await self.claim(first, "x")
        await second.release(("thing", "a"), "x")
        await first.release(("thing", "a"), "y")
        await first.release(("thing", "b"), "x")
        self.assertEqual(len(await second.find(("thing", "a"))), 1)

    async def test_keys(self) -> None:
        """Keys are words: however they are spelt, different ones are different things."""
        first, second = await self.start()
        keys = [
            ("t", "a", "b"),
            ("t", "a b"),
            ("t", "a/b"),
            ("t", "a\x00b"),
            ("t", "a\x1fb"),
            ("t", "", "ab"),
            ("t", "é\n"),
        ]
        keys += [("t", "ab", ""), ("t", '"a","b"'), ("t", "a*"), ("t", "{a}")]
        for key in keys:
            self.assertIsNone(await first.claim(Entry(key, "x"), self.fail), key)
        for key in keys:
            other = await second.claim(Entry(key, "x"), self.fail)
            assert other is not None
            self.assertEqual(other.key, key)

    async def test_share(self) -> None:
        """Those who say the same word hold a thing together, in the order in which they came, until the last goes."""
        first, second = await self.start()
        self.assertIsNone(await self.claim(first, "x", share="s"))
        self.assertIsNone(await self.claim(second, "x", share="s"))
        self.assertIsNone(await self.claim(second, "y", share="s"))
        self.assertIsNotNone(await self.claim(second, "z"))
        self.assertIsNotNone(await self.claim(second, "z", share="t"))
        await first.release(("thing", "a"), "x")
        found = [(each.node, each.owner) for each in await first.find(("thing", "a"))]
        self.assertEqual(found, [(second.node, "x"), (second.node, "y")])
        await second.release(("thing", "a"), "x")
        await second.release(("thing", "a"), "y")
        self.assertIsNone(await self.claim(first, "z", share="t"))

    async def test_tenure(self) -> None:
        """A later one of the same line takes over, from its own node and from others; one of another line does not."""
        first, second = await self.start()
        one, two = [await node.epoch() for node in (first, second)]
        self.assertGreater(two, one)
        self.assertIsNone(await self.claim(first, "x", tenure=Tenure("r", one)))
        for tenure in (Tenure("r", one), Tenure("q", two), Tenure("", two), Tenure("r", one - 1)):
            self.assertIsNotNone(await self.claim(second, "y", tenure=tenure))
        self.assertEqual(self.lost, [])
        self.assertIsNone(await self.claim(second, "y", tenure=Tenure("r", two)))
        await self.until(lambda: self.lost)
        ((owner, other),) = self.lost
        self.assertEqual((owner, other.owner, other.node), ("x", "y", second.node))
        await first.release(("thing", "a"), "x")
        self.assertIsNotNone(await self.claim(first, "x", tenure=Tenure("r", one)))
        three = await second.epoch()
        self.assertIsNone(await self.claim(second, "z", tenure=Tenure("r", three)))
        await self.until(lambda: len(self.lost) == 2)
        self.assertEqual([each.owner for each in await first.find(("thing", "a"))], ["z"])

    async def test_watch(self) -> None:
        """Who watches is told of what is there, and of each change in its order; of other kinds of things it is not."""
        first, second = await self.start()
        await self.claim(first, "x", "a", who="ann")
        watching = Watching()
        stop = second.watch("thing", watching)
        await self.until(lambda: watching.told == ["+a x"])
        await first.claim(Entry(("other", "a"), "x"), self.fail)
        await self.claim(first, "x", "a", who="bob")
        await self.claim(second, "y", "b")
        await self.claim(second, "z", "a")  # which is refused
        await first.release(("thing", "a"), "x")
        await self.claim(second, "y", "a")
        expected = ["+a x", "+a x", "+b y", "-a x", "+a y"]
        await self.until(lambda: len(watching.told) == len(expected))
        self.assertEqual(sorted(watching.told), sorted(expected))
        self.assertEqual([each for each in watching.told if "a" in each], [each for each in expected if "a" in each])
        self.assertEqual(watching.entries["a", second.node, "y"].tenure, Tenure())
        stop()
        await self.claim(second, "y", "c")
        again = Watching()
        second.watch("thing", again)
        await self.until(lambda: len(again.told) == 3)
        self.assertEqual(len(watching.told), len(expected))

    async def test_told(self) -> None:
        """Who begins to watch can wait until it has been told of all that is held, be it much, little or nothing."""
        first, second = await self.start()
        await second.told()
        for number in range(500):
            await self.claim(first, "x", str(number))
        for kind, count in (("thing", 500), ("other", 0), ("thing", 500)):
            watching = Watching()
            second.watch(kind, watching)
            await second.told()
            self.assertEqual(len(watching.told), count)
        given = second.told()
        given.addErrback(lambda failure: failure.trap(CancelledError))
        given.cancel()
        await second.told()

    async def test_takenOver(self) -> None:
        """Who watches hears of the old one's end before the new one."""
        first, second = await self.start()
        watching = Watching()
        first.watch("thing", watching)
        await self.claim(first, "x", tenure=Tenure("r", await first.epoch()))
        await self.claim(second, "y", tenure=Tenure("r", await second.epoch()))
        await self.until(lambda: len(watching.told) == 3)
        self.assertEqual(watching.told, ["+a x", "-a x", "+a y"])

    async def test_gone(self) -> None:
        """What a node held that is gone can be had by others, and who watches hears of it."""
        first, second = await self.start()
        watching = Watching()
        second.watch("thing", watching)
        await self.claim(first, "x", "a", share="s")
        await self.claim(second, "x", "a", share="s")
        await self.claim(first, "y", "b")
        await first.close()
        await self.until(lambda: len(watching.entries) == 1)
        self.assertEqual([each.node for each in await second.find(("thing", "a"))], [second.node])
        self.assertIsNone(await self.claim(second, "z", "b"))
        self.assertEqual(self.lost, [])

    async def test_kept(self) -> None:
        """What is kept is for all nodes, the last word counts, and it is apart from what is held."""
        first, second = await self.start()
        key = ("thing", "a")
        self.assertIsNone(await second.kept(key))
        await first.keep(key, {"port": 1}, 60)
        await first.keep(key, {"port": 2}, 60)
        self.assertEqual(await second.kept(key), {"port": 2})
        self.assertEqual(await second.find(key), [])
        await first.close()
        self.assertEqual(await second.kept(key), {"port": 2})

    async def test_oneWins(self) -> None:
        """However two ask at once, one has it, and both know who."""
        first, second = await self.start()
        for number in range(100):
            answers = await gatherResults(
                [self.claim(node, "x", str(number)) for node in ((first, second) if number % 2 else (second, first))]
            )
            (other,) = [each for each in answers if each is not None]
            (held,) = await first.find(("thing", str(number)))
            self.assertEqual(other, held)
