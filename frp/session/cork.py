"""Frames that leave together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.interfaces import IReactorTime

from frp.interfaces import IStream
from frp.session.turns import endOfPass

__all__ = ["Cork"]

T = TypeVar("T")

#: A body of this size does not wait for company.
ALONE = 4096

#: So many pieces are company enough: no more is held.
MOST = 64


class Cork:
    """
    The way from a session to its carrier. What is sent in one pass of the reactor leaves in one write: a record and a
    system call for all of it. Where the reactor does not say when a pass has ended
    (L{IPasses<frp.interfaces.IPasses>}), it is what is sent between L{hold} and L{letGo}.
    """

    __slots__ = ("_endOfPass", "_held", "_write", "_writeVector")

    def __init__(self, clock: IReactorTime) -> None:
        self._endOfPass = endOfPass(clock)
        self.close()

    def attach(self, carrier: IStream) -> None:
        self._write: Callable[[bytes], object] = carrier.write
        self._writeVector: Callable[[bytes, bytes], object] = carrier.writeVector

    def close(self) -> None:
        """What is held, and what is sent from here, goes nowhere."""
        self._held: list[bytes] | None = None
        self._write = self._writeVector = _nowhere

    def send(self, head: bytes, body: bytes) -> None:
        """Send one frame with a body."""
        held = self._held
        if held is None:
            if self._endOfPass is None or len(body) > ALONE:
                self._writeVector(head, body)
                return
            held = self.hold()
        held += (head, body)
        if len(body) > ALONE or len(held) > MOST:
            data = b"".join(held)
            held.clear()
            self._write(data)

    def sendControl(self, frame: bytes) -> None:
        """Send a frame without a body, or several."""
        if self._held is not None:
            self._held.append(frame)
        elif self._endOfPass is None:
            self._write(frame)
        else:
            self.hold().append(frame)

    def hold(self) -> list[bytes]:
        """From here on frames wait. They wait already where this is said twice."""
        if self._held is None:
            self._held = []
            if self._endOfPass is not None:
                self._endOfPass(self.release)
        return self._held

    def letGo(self) -> None:
        """Nothing more will come for now. They leave, or have some time until the pass ends."""
        if self._endOfPass is None:
            self.release()

    def release(self) -> None:
        """What waits leaves now."""
        held, self._held = self._held, None
        if held:
            self._write(b"".join(held) if len(held) > 1 else held[0])

    def together(self, act: Callable[[], T]) -> T:
        """Do something whose frames leave in one write."""
        if self._endOfPass is not None or self._held is not None:
            return act()
        self._held = []
        try:
            return act()
        finally:
            self.release()


def _nowhere(*_: object) -> None:
    """Where a session that has ended sends to."""
