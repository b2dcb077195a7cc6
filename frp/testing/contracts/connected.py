"""A stream that is tested, with somebody at both of its ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from twisted.internet import task
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from frp.interfaces import IStream
from frp.testing.recording import Recorder, WholeRecorder

if TYPE_CHECKING:
    from twisted.trial.unittest import SynchronousTestCase

    _Base = SynchronousTestCase
else:
    _Base = object

__all__ = ["Connected"]


class Connected(_Base):
    """
    A stream, between the protocol that has it (near) and whoever is at the far end.

    @cvar halfCloses: whether one direction can end without the other. Without it the end of one is that of both.
    @cvar much: so many bytes are certainly more than fit while the far end reads nothing.
    """

    halfCloses = True
    much = 1 << 24

    def connect(self, near: Protocol, far: Protocol) -> None:
        """
        Make a connection.

        @param near: is to get the stream that is tested for its transport.
        @param far: gets the transport at the other end, whatever that is.
        """
        raise NotImplementedError

    def settle(self) -> None:
        """Let happen what needs no time."""
        raise NotImplementedError

    def setUp(self) -> None:
        super().setUp()
        # What is done in steps with Twisted's cooperator is done in turns of this test, whose reactor does not run.
        self._steps = Clock()
        later = partial(self._steps.callLater, 0)
        self.patch(task, "_theCooperator", task.Cooperator(lambda: lambda: True, later))

    def turn(self) -> None:
        """Let happen what does, and what comes of it."""
        self._steps.advance(0)
        self.settle()

    def until(self, happened: Callable[[], object]) -> None:
        """Settle until something has happened; fail where nothing makes it happen."""
        for _ in range(2000):
            if happened():
                return
            self.turn()
        self.fail("it did not happen")

    def connected(self, near: WholeRecorder | None = None) -> tuple[IStream, Recorder, Recorder]:
        """@return: the stream, its protocol (or a recorder in place of the one that is given), and the far end's."""
        recorder, far = Recorder(), Recorder()
        self.connect(near or recorder, far)
        self.settle()
        return (near or recorder).transport, recorder, far
