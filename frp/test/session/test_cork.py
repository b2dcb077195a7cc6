"""Frames that leave together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.interfaces import IPasses, IStream
from frp.session.cork import ALONE, MOST, Cork


@implementer(IPasses)
class Passing(Clock):
    """A reactor that says when a pass has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[Callable[[], object]] = []

    def endOfPass(self, act: Callable[[], object]) -> None:
        self.acts.append(act)

    def end(self) -> None:
        """End this one."""
        acts, self.acts = self.acts, []
        for act in acts:
            act()


class Carrier:
    """@ivar writes: what was written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def writeVector(self, head: bytes, body: bytes) -> None:
        self.writes.append(head + body)


class Case(SynchronousTestCase):
    """A cork on a carrier."""

    def begin(self, clock: Clock) -> Cork:
        """Start one."""
        self.carrier = Carrier()
        cork = Cork(clock)
        cork.attach(cast(IStream, self.carrier))
        return cork


class PassTests(Case):
    """Where the reactor tells of its passes."""

    def setUp(self) -> None:
        self.clock = Passing()
        self.cork = self.begin(self.clock)

    def test_pass(self) -> None:
        """All that is sent in a pass leaves in one write, in its order, whoever sends it and why."""
        self.cork.send(b"1", b"a")
        self.cork.hold()
        self.cork.sendControl(b"2")
        self.cork.letGo()
        self.cork.together(lambda: self.cork.send(b"3", b"c"))
        self.assertEqual((self.carrier.writes, len(self.clock.acts)), ([], 1))
        self.clock.end()
        self.assertEqual(self.carrier.writes, [b"1a2" + b"3c"])
        self.cork.sendControl(b"4")
        self.clock.end()
        self.assertEqual(self.carrier.writes[1:], [b"4"])
        self.clock.end()
        self.assertEqual(len(self.carrier.writes), 2)

    def test_large(self) -> None:
        """What is large leaves at once, after all that was sent before it."""
        body = bytes(ALONE + 1)
        self.cork.send(b"1", body)
        self.assertEqual(self.carrier.writes.pop(), b"1" + body)
        self.cork.sendControl(b"2")
        self.cork.send(b"3", body)
        self.assertEqual(self.carrier.writes.pop(), b"23" + body)
        self.cork.send(b"4", b"small")
        self.assertEqual(self.carrier.writes, [])
        self.clock.end()
        self.assertEqual(self.carrier.writes, [b"4small"])

    def test_many(self) -> None:
        """No more than so many pieces wait."""
        for _ in range(10 * MOST):
            self.cork.send(b"h", b"b")
        self.assertGreaterEqual(len(self.carrier.writes), 18)
        self.clock.end()
        self.assertEqual(b"".join(self.carrier.writes), b"hb" * 10 * MOST)

    def test_release(self) -> None:
        """A session that closes need not wait for the end of the pass; what it sends then does."""
        self.cork.sendControl(b"1")
        self.cork.release()
        self.cork.sendControl(b"2")
        self.assertEqual(self.carrier.writes, [b"1"])
        self.clock.end()
        self.assertEqual(self.carrier.writes, [b"1", b"2"])

    def test_close(self) -> None:
        """A session that has ended sends nothing more, and what waited is gone."""
        self.cork.sendControl(b"1")
        self.cork.close()
        self.cork.sendControl(b"2")
        self.cork.send(b"3", bytes(ALONE + 1))
        self.clock.end()
        self.assertEqual(self.carrier.writes, [])


class ReadTests(Case):
    """Where it does not."""

    def two(self, cork: Cork) -> None:
        """Send two frames."""
        cork.sendControl(b"4")
        cork.send(b"5", b"e")

    def test_read(self) -> None:
        """What is sent between two calls leaves in one write; all else at once."""
        cork = self.begin(Clock())
        cork.send(b"1", b"a")
        self.assertEqual(self.carrier.writes.pop(), b"1a")
        cork.hold()
        cork.sendControl(b"2")
        cork.together(lambda: cork.sendControl(b"3"))
        self.assertEqual(self.carrier.writes, [])
        cork.letGo()
        cork.together(partial(self.two, cork))
        self.assertEqual(self.carrier.writes, [b"23", b"45e"])
