"""What a node says of the others."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import ConfigError
from frp.interfaces import Entry
from frp.server.cluster.company import NAMESAKES, Company, toldOf
from frp.server.cluster.sealing import Sealing
from frp.test.server.nodes import SECRET, Node
from frp.test.sockets.authority import Fields
from frp.testing.memory import MemoryReactor


class CompanyTests(SynchronousTestCase):
    """Of node a, at address a:1, whose directory tells of others."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.node = Node(self.reactor, "ia", SECRET, Fields(), 0)
        self.sealing = Sealing(SECRET)
        self.company = Company("ia", "a", self.node.links, self.sealing, self.reactor, self.node.lines.log)
        self.company.address = "a:1"
        self.addCleanup(self.company.stop)

    def entry(self, id: str, name: str, address: str, place: str = "", **more: object) -> Entry:
        """@return: what a node of this id says of itself; @param place: what the directory calls it."""
        return Entry(("node", id), id, {**toldOf(id, name, address, self.sealing), **more}, node=place or id)

    def stranger(self, id: str, address: str) -> Entry:
        """@return: what one says that has another secret."""
        return Entry(("node", id), id, toldOf(id, id, address, Sealing("another")), node=id)

    def said(self, seconds: float = 0) -> list[str]:
        """@return: the lines of the log since the last time, after so long."""
        self.reactor.spend(seconds)
        lines, self.node.lines.texts[:] = list(self.node.lines.texts), []
        return [line for line in lines if "two nodes" in line or line.split()[0:2] in (["node", "a"], ["node", "b"])]

    def troubles(self) -> list[str]:
        """@return: what is wrong with those who are known."""
        return [self.company.trouble(other) for other in self.company.others.values()]

    def test_comesAndGoes(self) -> None:
        """Each is said once."""
        b = self.entry("ib", "b", "b:1")
        self.company.held(b)
        self.company.held(b)
        self.assertEqual(self.said(), ["node b is there, at b:1"])
        self.company.gone(b)
        self.assertEqual(self.said(0.1), ["node b is gone"])
        self.assertEqual(self.company.others, {})

    def test_againAtOnce(self) -> None:
        """One that has lost the directory, and is called otherwise there now, was never away; its next life is new."""
        before, after = self.entry("ib", "b", "b:1", "b.1"), self.entry("ib", "b", "b:1", "b.2")
        self.company.held(before)
        self.said()
        self.company.gone(before)
        self.company.held(after)
        self.assertEqual(self.said(1), [])
        self.assertEqual(list(self.company.others), ["b.2"])
        self.company.gone(after)
        self.company.held(self.entry("ibb", "b", "b:1", "b.3"))
        self.assertEqual(self.said(0.1), ["node b is there, at b:1", "node b is gone"])

    def test_namesake(self) -> None:
        """Two of one name are said to be two, with both addresses and what to do; once."""
        other = self.entry("other", "a", "b:1")
        self.company.held(other)
        self.assertEqual(self.said(NAMESAKES - 1), ["node a is there, at b:1"])
        (line,) = self.said(2)
        self.assertIn("two nodes are called a, this one at a:1 and another one at b:1: give each a name", line)
        self.assertIn("cluster.node", line)
        self.assertEqual(self.troubles(), ["the name of this node"])
        self.company.gone(other)
        self.company.held(self.entry("other", "a", "b:1", "again"))
        self.assertEqual(self.said(2 * NAMESAKES), [])

    def test_oneAddress(self) -> None:
        """A file that was copied with its address: who is told to be where this one is."""
        self.company.held(self.entry("copy", "b", "a:1"))
        self.assertEqual(self.said(NAMESAKES - 1), ["node b is there, at a:1"])
        self.assertEqual(self.troubles(), [""])
        (line,) = self.said(2)
        self.assertIn("node b is told to be at a:1, where this one is, a: others may reach one of the two", line)
        self.assertIn("cluster.advertise", line)
        self.assertEqual(self.troubles(), ["the address of this node"])

    def test_earlierLife(self) -> None:
        """The lease of one that has died is none, whether the next one is at the same address or at another one."""
        before = self.entry("same", "a", "a:1"), self.entry("moved", "a", "c:1")
        for entry in before:
            self.company.held(entry)
        self.reactor.spend(NAMESAKES / 2)
        for entry in before:
            self.company.gone(entry)
        said = [line for line in self.said(NAMESAKES) if "two nodes" in line or "is told" in line]
        self.assertEqual(said, [])

    def test_check(self) -> None:
        """A node goes on that is alone, or has a friend; what it has left behind of itself is none, and no stranger."""
        self.company.check()
        self.company.held(self.stranger("before", "a:1"))
        self.company.check()
        self.company.held(self.stranger("x", "x:1"))
        self.company.held(self.stranger("y", "y:1"))
        self.company.held(self.entry("same", "a", "a:1"))
        error = self.assertRaises(ConfigError, self.company.check)
        self.assertIn("cluster.secret is not that of the other nodes, x at x:1, y at y:1", error.detail)
        self.company.held(self.entry("ib", "b", "b:1"))
        self.company.check()

    def test_drains(self) -> None:
        """One that lets its clients go says so later than it has come."""
        self.company.held(self.entry("ib", "b", "b:1"))
        self.company.held(self.entry("ib", "b", "b:1", drains=True))
        self.assertEqual(self.said()[1:], ["node b is to be left: its clients come to others"])
        self.assertTrue(self.company.others["ib"].drains)
