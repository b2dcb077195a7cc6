"""When a worker that has died is started again."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogEvent
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.workers.again import FIRST, LONGEST, STEADY, Worker
from frp.cli.workers.life import WELL
from frp.cli.workers.pulse import SILENCE
from frp.errors import FRPError
from frp.logs import ERROR, INFO, Log


class FakeLife:
    """A process that does as the test says."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ready: Deferred[None] = Deferred()
        self.ended: Deferred[str] = Deferred()
        self.fault: FRPError | None = None
        self.told: list[object] = []
        self.answers = True
        self.takes = False
        self.heard = self.left = lambda: None

    def ask(self) -> None:
        """It answers at once, or never."""
        if self.answers:
            self.heard()

    def take(self) -> None:
        self.takes = True

    def kill(self) -> None:
        self.told.append("kill")

    def stop(self) -> None:
        self.told.append("stop")

    def drain(self, seconds: float) -> None:
        self.told.append(seconds)


class AgainTests(SynchronousTestCase):
    """One worker."""

    def setUp(self) -> None:
        self.clock: Any = Clock()
        self.lives: list[FakeLife] = []
        self.said: list[str] = []
        self.over = 0
        self.levels: list[int] = []
        self.worker = Worker(7, self.clock, self.begin, Log("test", observer=self.hear))

    def hear(self, event: LogEvent) -> None:
        """A line of the log."""
        self.said.append(event["log_format"].format(**event))
        self.levels.append(event["frp_level"])

    def begin(self, number: int) -> Any:
        """Start a process."""
        self.lives.append(FakeLife(100 + len(self.lives)))
        return self.lives[-1]

    def gone(self) -> None:
        self.over += 1

    def wait(self, seconds: int) -> None:
        """Let time pass, a second at a time."""
        self.clock.pump([1.0] * seconds)

    def serve(self) -> None:
        """It has been started, and serves."""
        started = self.worker.start()
        self.assertFalse(self.lives[-1].takes)
        self.worker.keep(self.gone)
        self.assertTrue(self.lives[-1].takes)
        self.lives[-1].ready.callback(None)
        self.successResultOf(started)

    def test_pauses(self) -> None:
        """At once, then with pauses that grow; one that was well for a while begins anew."""
        self.serve()
        waits = []
        for _ in range(8):
            self.lives[-1].ended.callback("with exit code 1")
            before, waited = len(self.lives), 0.0
            self.clock.advance(0)
            while len(self.lives) == before:
                self.clock.advance(0.5)
                waited += 0.5
            waits.append(waited)
        self.assertEqual(waits, [0, FIRST, 2, 4, 8, 16, LONGEST, LONGEST])
        self.assertEqual(
            self.said[:3],
            [
                "worker 7 (process 100) serves",
                "worker 7 (process 100) has ended with exit code 1, and is started again at once",
                "worker 7 (process 101) has ended with exit code 1, and is started again in 1 s",
            ],
        )
        self.clock.advance(STEADY)
        self.lives[-1].ended.callback("by signal SIGKILL")
        self.clock.advance(0)
        self.assertEqual(len(self.lives), 10)

    def test_well(self) -> None:
        """One that was asked to end, by whomever, and did, is started again as well; nobody has to look at it."""
        self.serve()
        self.lives[0].ended.callback(WELL)
        self.assertEqual(
            self.said[-1:], ["worker 7 (process 100) has ended in good order, and is started again at once"]
        )
        self.assertEqual(self.levels[-1], INFO)
        self.clock.advance(0)
        self.lives[-1].ended.callback("with exit code 1")
        self.assertEqual(self.levels[-1], ERROR)

    def test_fault(self) -> None:
        """Why one could not start is said; of the first start whoever waits for it is told."""
        started = self.worker.start()
        self.lives[0].fault = FRPError("no", "no way")
        self.lives[0].ended.callback("with exit code 1")
        self.assertEqual(self.failureResultOf(started, FRPError).value.detail, "no way")
        self.serve()
        for _ in range(2):
            self.lives[-1].fault = FRPError("no", "no\nway")
            self.lives[-1].ended.callback("with exit code 1")
            self.clock.advance(0)
        self.assertIn("is started again in 1 s: no; way", self.said[-1])

    def test_crash(self) -> None:
        """One that ends before it serves, and does not say why, is named."""
        started = self.worker.start()
        self.lives[0].ended.callback("by signal SIGSEGV")
        error = self.failureResultOf(started, FRPError).value
        self.assertEqual(error.brief, "worker 7 has ended by signal SIGSEGV before it could serve")

    def test_drained(self) -> None:
        """One that is let go is not started again."""
        self.serve()
        self.worker.drain(5)
        self.assertEqual(self.lives[0].told, [5])
        self.lives[0].ended.callback("with exit code 0")
        self.assertEqual((self.worker.gone, self.over, len(self.lives)), (True, 1, 1))

    def test_drainedBetween(self) -> None:
        """Nor is one that is let go while it is dead."""
        self.serve()
        for _ in range(2):
            self.lives[-1].ended.callback("with exit code 1")
            self.clock.advance(0)
        self.worker.drain(5)
        self.clock.advance(LONGEST)
        self.assertEqual((self.worker.gone, self.over, len(self.lives)), (True, 1, 2))

    def test_stopped(self) -> None:
        """Whoever stops it waits until its process is gone; where there is none he need not."""
        self.serve()
        stopped = self.worker.stop()
        self.assertEqual(self.lives[0].told, ["stop"])
        self.assertNoResult(stopped)
        self.lives[0].ended.callback("with exit code 0")
        self.successResultOf(stopped)
        self.successResultOf(self.worker.stop())
        self.assertEqual(len(self.lives), 1)

    def test_hangs(self) -> None:
        """One that has not said a word for ten seconds is killed, once, and started again as any that dies."""
        self.serve()
        life = self.lives[0]
        self.wait(3600)
        life.answers = False
        self.wait(SILENCE - 1)
        life.heard()  # it has asked the directory something
        self.wait(SILENCE - 1)
        self.assertEqual(life.told, [])
        self.wait(60)
        self.assertEqual(life.told, ["kill"])
        self.assertEqual(self.said[1:], ["worker 7 (process 100) has done nothing for 10 s, and is killed"])
        life.left()
        life.ended.callback("by signal SIGKILL")
        self.clock.advance(0)
        self.assertEqual(len(self.lives), 2)

    def test_parentSleeps(self) -> None:
        """When the parent has stood still itself, however long, that was one look."""
        self.serve()
        self.lives[0].answers = False
        for _ in range(SILENCE - 1):
            self.clock.advance(3600)
        self.assertEqual(self.lives[0].told, [])
        self.clock.advance(3600)
        self.assertEqual(self.lives[0].told, ["kill"])

    def test_ending(self) -> None:
        """One that starts, or is about to end, is not looked after."""
        self.worker.start()
        self.lives[0].answers = False
        self.wait(60)
        self.lives[0].ready.callback(None)
        self.lives[0].left()
        self.wait(60)
        self.assertEqual((self.lives[0].told, self.clock.getDelayedCalls()), ([], []))
