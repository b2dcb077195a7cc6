"""The reactor with a short loop."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from twisted.internet.error import ConnectionDone
from twisted.trial.unittest import SkipTest, SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.interfaces import IPasses, IReactor
from frp.sockets.eager import eager

try:
    from frp.sockets.lean import LeanReactor
except ImportError:
    raise SkipTest("this system has no epoll") from None


class Reader:
    """One end of a pipe, in the reactor; whatever it does when it can read is up to a test."""

    def __init__(self, case: LeanCase, act: Callable[[], object]) -> None:
        self.act = act
        self.lost: list[object] = []
        self.ours, self.theirs = os.pipe()
        case.addCleanup(os.close, self.ours)
        case.addCleanup(os.close, self.theirs)
        case.reactor.addReader(self)
        case.addCleanup(case.reactor.removeReader, self)

    def say(self) -> None:
        """Let it read something."""
        os.write(self.theirs, b"x")

    def fileno(self) -> int:
        return self.ours

    def logPrefix(self) -> str:
        return "a pipe"

    def doRead(self) -> object:
        os.read(self.ours, 1)
        return self.act()

    def connectionLost(self, reason: object) -> None:
        self.lost.append(reason)


class LeanCase(SynchronousTestCase):
    """A reactor that is not installed, one pass at a time."""

    def setUp(self) -> None:
        self.reactor = LeanReactor()
        self.addCleanup(self.closeDown)
        self.done: list[str] = []

    def closeDown(self) -> None:
        """Give back its descriptors."""
        for reader in self.reactor._internalReaders:
            reader.connectionLost(None)
        self.reactor._poller.close()

    def later(self, name: str) -> None:
        """At the end of this pass."""
        self.reactor.endOfPass(lambda: self.done.append(name))


class PassTests(LeanCase):
    """When a pass has ended."""

    def read(self, name: str) -> None:
        """Something has come."""
        self.done.append(name)
        self.later(f"after {name}")

    def test_readers(self) -> None:
        """All that was ready has been read first; what was put off is done once."""
        for name in ("one", "two"):
            Reader(self, partial(self.read, name)).say()
        self.reactor.iterate(1)
        self.assertEqual(sorted(self.done[:2]), ["one", "two"])
        self.assertEqual(sorted(self.done[2:]), ["after one", "after two"])
        self.reactor.iterate(0)
        self.assertEqual(len(self.done), 4)

    def test_stopped(self) -> None:
        """What is to happen at the end of a pass happens when the reactor stops, too, and before connections end."""
        reader = Reader(self, lambda: None)
        self.reactor.addSystemEventTrigger("before", "shutdown", self.later, "sent")
        self.patch(reader, "connectionLost", lambda reason: self.done.append("lost"))
        self.reactor.callWhenRunning(self.reactor.stop)
        self.reactor.run(installSignalHandlers=False)
        self.assertEqual(self.done, ["sent", "lost"])

    def test_delayed(self) -> None:
        """What a delayed call puts off is done before the reactor waits, and then it does not wait."""
        self.reactor.callLater(0, self.later, "put off")
        began = self.reactor.seconds()
        self.reactor.iterate(60)
        self.assertEqual(self.done, ["put off"])
        self.assertLess(self.reactor.seconds() - began, 30)

    def test_again(self) -> None:
        """What is put off in the end of a pass is for the end of the next, which comes at once."""
        self.reactor.endOfPass(lambda: self.later("later"))
        self.reactor.iterate(60)
        self.assertEqual(self.done, ["later"])

    def test_fault(self) -> None:
        """An error is logged, and the others have their turn."""
        self.reactor.endOfPass(lambda: 1 / 0)
        self.later("other")
        self.reactor.iterate(0)
        self.assertEqual((self.done, len(self.flushLoggedErrors(ZeroDivisionError))), (["other"], 1))


class ReaderTests(LeanCase):
    """What readers may do, as with any reactor."""

    def test_ends(self) -> None:
        """One that has nothing more to read leaves."""
        done = ConnectionDone()
        reader = Reader(self, lambda: done)
        reader.say()
        self.reactor.iterate(1)
        self.assertEqual(len(reader.lost), 1)
        self.assertNotIn(reader, self.reactor.getReaders())

    def test_raises(self) -> None:
        """One that raises is logged, and leaves; the others go on."""
        bad, good = Reader(self, lambda: 1 / 0), Reader(self, lambda: self.done.append("good"))
        bad.say()
        good.say()
        self.reactor.iterate(1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual((len(bad.lost), good.lost, self.done), (1, [], ["good"]))

    def test_removed(self) -> None:
        """One that another has removed in the same pass is not asked to read."""
        readers: list[Reader] = []

        def first() -> None:
            self.done.append("read")
            for reader in readers:
                self.reactor.removeReader(reader)

        readers += [Reader(self, first), Reader(self, first)]
        for reader in readers:
            reader.say()
        self.reactor.iterate(1)
        self.assertEqual(self.done, ["read"])

    def test_closed(self) -> None:
        """One whose peer has gone is told so, in Twisted's own way."""
        reader = Reader(self, lambda: None)
        os.close(reader.theirs)
        reader.theirs = os.dup(reader.ours)
        self.reactor.iterate(1)
        self.assertEqual(len(reader.lost), 1)


class ChoiceTests(SynchronousTestCase):
    """Who has it."""

    def test_interfaces(self) -> None:
        """It is a reactor of frp's, and tells of its passes, also as what writes at once."""
        reactor = LeanReactor()
        self.addCleanup(reactor._poller.close)
        self.assertTrue(verifyObject(IPasses, reactor))
        self.assertTrue(IPasses.providedBy(eager(reactor)))
        self.assertTrue(IReactor.providedBy(eager(reactor)))

    def ran(self, *command: str) -> str:
        return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True).stdout

    def test_announced(self) -> None:
        """twistd knows it."""
        said = self.ran("-c", "from twisted.scripts.twistd import run; run()", "--help-reactors")
        self.assertIn("epoll(4) with a shorter loop", said)

    def test_installed(self) -> None:
        """Whoever installs it has it."""
        said = self.ran(
            "-c",
            "from twisted.application.reactors import installReactor; installReactor('frp');"
            "from twisted.internet import reactor; print(type(reactor).__name__)",
        )
        self.assertEqual(said, "LeanReactor\n")
