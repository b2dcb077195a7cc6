"""Work in turns."""

from __future__ import annotations

import gc
import weakref

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from frp.session.turns import chosen, inTurns
from frp.test.session.test_channel import Slow, Steady


class InTurnsTests(SynchronousTestCase):
    """Many small things."""

    def test_turns(self) -> None:
        """Each is done once, in order, the first of them now."""
        for clock, later in ((Slow(), 10), (Steady(), 0)):
            done: list[str] = []
            names = [str(number) for number in range(80)]
            finished = inTurns(clock, done.append, names)
            self.assertEqual((done[:1], bool(clock.calls)), (["0"], later > 0))
            clock.advance(0)
            self.assertEqual(done, names)
            self.successResultOf(finished)
            self.assertGreaterEqual(clock.later, later)

    def test_raised(self) -> None:
        """What is raised, in whatever turn, is what it fails with; the rest is not done."""
        for clock in (Slow(), Steady()):
            done: list[int] = []
            finished = inTurns(clock, lambda number, done=done: done.append(1 // number), [1, 1, 0, 1])  # type: ignore[misc]
            clock.advance(0)
            self.failureResultOf(finished, ZeroDivisionError)
            self.assertEqual(done, [1, 1])

    def test_cancelled(self) -> None:
        """Nothing more is done for somebody who has left."""
        clock = Slow()
        done: list[int] = []
        finished = inTurns(clock, done.append, range(80))
        before = len(done)
        finished.cancel()
        self.failureResultOf(finished, CancelledError)
        clock.advance(0)
        self.assertEqual((len(done), clock.calls), (before, []))

    def test_forgotten(self) -> None:
        """Nothing of it waits for the collector: what lists of thousands are made of would be much to look at."""

        class Made(list[int]):
            pass

        gc.disable()
        self.addCleanup(gc.enable)
        for numbers, cancelled in (([1] * 20, False), ([1, 0], False), ([1] * 20, True)):
            for clock in (Slow(), Steady()):
                made = Made()
                gone = weakref.ref(made)
                finished = inTurns(clock, lambda number, made=made: made.append(1 // number), numbers)  # type: ignore[misc]
                del made
                if cancelled:
                    finished.cancel()
                clock.advance(0)
                finished.addErrback(lambda failure: failure.cleanFailure())
                del finished
                self.assertIsNone(gone(), (numbers, cancelled))

    def test_chosen(self) -> None:
        """Those that pass, and turns also where none does."""
        clock = Slow()
        even = Deferred.fromCoroutine(chosen(clock, lambda number: number % 2 == 0, range(80)))
        none = Deferred.fromCoroutine(chosen(clock, lambda number: number < 0, range(80)))
        clock.advance(0)
        self.assertEqual(self.successResultOf(even), list(range(0, 80, 2)))
        self.assertEqual(self.successResultOf(none), [])
        self.assertGreaterEqual(clock.later, 20)
