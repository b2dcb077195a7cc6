"""Groups of proxies behind one door."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.directories.memory import Memory, Shelf
from frp.errors import FRPError, PortTaken, Unavailable
from frp.gateways.groups import Group, Groups, Membership
from frp.server.registry.memberships import Memberships


class GroupTests(SynchronousTestCase):
    """Who becomes a member, and whose turn it is."""

    def setUp(self) -> None:
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.closing: Deferred[None] = succeed(None)
        self.groups: Groups[str, str] = Groups(Memberships(Memory(Shelf(Clock()))), "test", self.close)

    def close(self, door: str) -> Deferred[None]:
        """Close a door, which may take its time."""
        self.closed.append(door)
        return self.closing

    def begin(self, member: str, key: str = "k", same: tuple[str, ...] = ("a.org",)) -> Deferred[Membership[str, str]]:
        """Become a member of the group g, which may take its time."""

        async def open(group: Group[str, str]) -> str:
            self.opened.append(member)
            return f"opened by {member}"

        return Deferred.fromCoroutine(self.groups.join("g", key, same, member, member, open))

    def join(self, member: str, key: str = "k", same: tuple[str, ...] = ("a.org",)) -> Membership[str, str]:
        """Become a member of the group g."""
        return self.successResultOf(self.begin(member, key, same))

    def refusal(self, error: type[FRPError], member: str, key: str = "k", same: tuple[str, ...] = ("a.org",)) -> str:
        """Why somebody cannot become a member."""

        async def open(group: Group[str, str]) -> str:
            raise AssertionError("there is a door")

        joining = Deferred.fromCoroutine(self.groups.join("g", key, same, member, member, open))
        found: FRPError = self.failureResultOf(joining, error).value
        return found.brief

    def test_inTurn(self) -> None:
        """Members come one after the other; one door serves all."""
        memberships = [self.join(member) for member in "abc"]
        group = memberships[0].group
        self.assertEqual([group.next() for _ in range(7)], list("abcabca"))
        self.assertEqual(self.opened, ["a"])
        self.assertEqual({membership.group.door for membership in memberships}, {"opened by a"})

    def test_errors(self) -> None:
        """Another door, then another key, then the same member again is refused in the reference's words."""
        self.join("a")
        self.assertEqual(self.refusal(FRPError, "b", "wrong", ("b.org",)), "group params invalid")
        self.assertEqual(self.refusal(FRPError, "b", "wrong"), "group auth failed")
        self.assertEqual(self.refusal(Unavailable, "a"), "group proxy repeated")

    def test_leaving(self) -> None:
        """The last one closes the door, once; who comes then opens another, with a key of its own."""
        first, second = self.join("a"), self.join("b")
        first.leave()
        first.leave()
        self.assertEqual((second.group.next(), self.closed), ("b", []))
        second.leave()
        second.leave()
        self.assertEqual((second.group.next(), self.closed, len(self.groups)), (None, ["opened by a"], 0))
        third = self.join("c", "other", ("b.org",))
        second.leave()
        self.assertEqual((third.group.door, third.group.next()), ("opened by c", "c"))

    def test_closing(self) -> None:
        """Who comes while the last one's door is being closed opens another when that is done."""
        last, self.closing = self.join("a"), Deferred()
        left = last.leave()
        coming = self.begin("b")
        self.assertEqual((self.opened, last.group.next()), (["a"], None))
        self.assertNoResult(coming)
        closing, self.closing = self.closing, succeed(None)
        closing.callback(None)
        self.successResultOf(left)
        membership = self.successResultOf(coming)
        self.assertEqual((membership.group.door, membership.group.next()), ("opened by b", "b"))
        membership.leave()
        self.assertEqual((self.closed, len(self.groups)), (["opened by a", "opened by b"], 0))

    def test_notOpened(self) -> None:
        """A door that cannot be opened leaves no group behind."""

        async def taken(group: Group[str, str]) -> str:
            raise PortTaken("no")

        self.failureResultOf(Deferred.fromCoroutine(self.groups.join("g", "k", (), "a", "a", taken)), PortTaken)
        self.assertEqual(len(self.groups), 0)
        self.assertEqual(self.join("a", "other", ("b.org",)).group.next(), "a")
