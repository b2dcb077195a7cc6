"""Waiting for the users that are being served."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.interfaces.flowing import Flowing


class User:
    """Somebody's transport."""

    aborted = False

    def abortConnection(self) -> None:
        """The transport is gone."""
        self.aborted = True


class FlowingTests(SynchronousTestCase):
    """What a service that stops may wait for."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.flowing = Flowing()

    def test_nobody(self) -> None:
        """Where nobody is served there is nothing to wait for; nor where no time is given."""
        self.successResultOf(self.flowing.drain(self.clock, 10))
        self.flowing.began(User())
        self.successResultOf(self.flowing.drain(self.clock, 0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_lastOne(self) -> None:
        """The wait is over when the last user has gone, and leaves no timer."""
        users = [User(), User()]
        for user in users:
            self.flowing.began(user)
        drained = self.flowing.drain(self.clock, 10)
        self.flowing.ended(users[0])
        self.flowing.ended(User())
        self.assertNoResult(drained)
        self.assertEqual(len(self.flowing), 1)
        self.flowing.ended(users[1])
        self.successResultOf(drained)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_part(self) -> None:
        """Those of a part are users of the whole as well; that knows of others, and goes on when the part is empty."""
        part, user, other = Flowing(self.flowing), User(), User()
        self.flowing.began(other)
        part.began(user)
        self.assertEqual((len(part), len(self.flowing)), (1, 2))
        drained, whole = part.drain(self.clock, 10), self.flowing.drain(self.clock, 10)
        part.cut(self.clock)
        self.assertEqual((user.aborted, other.aborted), (True, False))
        part.ended(user)
        self.successResultOf(drained)
        self.assertNoResult(whole)
        self.flowing.ended(other)
        self.successResultOf(whole)

    def test_timeOver(self) -> None:
        """Who stays too long is not waited for; that he goes later disturbs nobody."""
        user = User()
        self.flowing.began(user)
        drained = self.flowing.drain(self.clock, 10)
        self.clock.advance(10)
        self.successResultOf(drained)
        self.flowing.ended(user)

    def test_many(self) -> None:
        """More than one may wait, each for its own time; the end of the last user ends all waits."""
        user = User()
        self.flowing.began(user)
        short, middle, long = (self.flowing.drain(self.clock, seconds) for seconds in (5, 10, 20))
        self.clock.advance(5)
        self.successResultOf(short)
        self.assertNoResult(middle)
        self.flowing.ended(user)
        self.successResultOf(middle)
        self.successResultOf(long)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_cut(self) -> None:
        """Everybody can be dropped, and their end is waited for."""
        user = User()
        self.flowing.began(user)
        gone = self.flowing.cut(self.clock)
        self.assertTrue(user.aborted)
        self.assertNoResult(gone)
        self.flowing.ended(user)
        self.successResultOf(gone)
