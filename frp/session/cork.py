"""Frames that leave together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from frp.interfaces import IStream

__all__ = ["Cork"]

T = TypeVar("T")

#: A body of this size does not wait for company.
ALONE = 4096

#: So many pieces are company enough: no more is held while one read is answered.
MOST = 64


class Cork:
    """
    The way from a session to its carrier. What is sent between L{hold} and L{release} leaves in one write: a record and
    a system call for all of it.
    """

    __slots__ = ("_held", "_write", "_writeVector")

    def __init__(self) -> None:
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
        if self._held is None:
            self._writeVector(head, body)
        else:
            self._held += (head, body)
            if len(body) > ALONE or len(self._held) > MOST:
                self.release()
                self._held = []

    def sendControl(self, frame: bytes) -> None:
        """Send a frame without a body, or several."""
        if self._held is None:
            self._write(frame)
        else:
            self._held.append(frame)

    def hold(self) -> None:
        """From here on frames wait."""
        self._held = []

    def release(self) -> None:
        held, self._held = self._held, None
        if held:
            self._write(b"".join(held) if len(held) > 1 else held[0])

    def together(self, act: Callable[[], T]) -> T:
        """Do something whose frames leave in one write."""
        if self._held is not None:
            return act()
        self._held = []
        try:
            return act()
        finally:
            self.release()


def _nowhere(*_: object) -> None:
    """Where a session that has ended sends to."""
