"""The body of a request on one stream of HTTP/2."""

from __future__ import annotations

from collections.abc import Callable

from frp.http.exchange import IReceiver
from frp.wire.http.fields import Fields

__all__ = ["Incoming"]

_SMALL = 2048


class Incoming:
    """
    What has come of a body and what its receiver has had of it. What it has not had counts against the user's windows,
    so that no more is held here than they allow.

    @ivar complete: all of it has come.
    @ivar receiver: who hears of it, once somebody does.
    """

    __slots__ = ("_came", "_flowing", "_taken", "_told", "_trailers", "_untaken", "complete", "receiver")

    def __init__(self, taken: Callable[[int], None], complete: bool) -> None:
        """
        @param taken: gives so many bytes of the windows back.
        @param complete: whether there is no body.
        """
        self.complete = complete
        self.receiver: IReceiver | None = None
        self._taken = taken
        self._came: list[bytes] = []
        self._untaken = 0  # bytes of the windows that stand for it
        self._flowing = False
        self._trailers: Fields | None = None
        self._told = False

    def received(self, data: bytes, taken: int) -> None:
        """
        A part has come; L{deliver} gives it on, together with what else came in one read.

        @param taken: how much of the windows it takes: its padding counts.
        """
        came = self._came
        self._untaken += taken
        if came and len(came[-1]) < _SMALL:
            # A frame may have one byte, and what keeps it a hundred.
            came[-1] += data
        elif data:
            came.append(data)

    def ended(self, trailers: Fields | None) -> None:
        self.complete = True
        self._trailers = trailers
        self.deliver()

    def pause(self) -> None:
        """No more is wanted for now."""
        self._flowing = False

    def resume(self) -> None:
        """The receiver wants what has come, and more."""
        if not self._flowing:
            self._flowing = True
            self.deliver()

    def drop(self) -> None:
        """Nobody wants it any more."""
        self._told = True
        self.receiver = None
        self._came.clear()
        self._giveBack()

    def deliver(self) -> None:
        """Give the receiver what has come, if it wants it."""
        receiver, came = self.receiver, self._came
        if receiver is None or not self._flowing:
            return
        if came:
            data = came[0] if len(came) == 1 else b"".join(came)
            came.clear()
            self._giveBack()
            receiver.bodyReceived(data)
        elif self._untaken:
            self._giveBack()
        if self.complete and self._flowing and not came and not self._told:
            self._told = True
            receiver.bodyEnded(self._trailers)

    def _giveBack(self) -> None:
        taken, self._untaken = self._untaken, 0
        self._taken(taken)
