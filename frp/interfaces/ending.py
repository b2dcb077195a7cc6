"""How the end of a connection is told to whoever has joined it."""

from __future__ import annotations

from collections.abc import Callable

from zope.interface import Interface

__all__ = ["DONE", "IDLE", "NOBODY", "NO_STREAM", "RESET", "Ending", "IJoined"]

DONE = "done"
"""Both sides have closed."""

RESET = "reset"
"""Either side has ended by an error, or what it sent could not be decoded."""

IDLE = "idle"
"""One direction had ended, and nothing came any more in the other one."""

NO_STREAM = "no work stream"
"""The client did not bring the stream that had been counted on."""


class IJoined(Interface):
    """The protocol of a stream that is joined with a user."""

    def peerGone() -> None:
        """Nothing more is to be expected of the peer: what has ended one way, now or later, ends."""


class Ending:
    """
    What hears of the end of a connection with a peer. This one does nothing with it: subclass it.

    @ivar counts: whether it wants to know how many bytes were carried. They are not counted for nobody.
    @ivar early: whether the peer may have sent something before the connection was joined. The count that a stream
        keeps of itself does not tell then.
    """

    __slots__ = ()

    counts = False
    early = False

    def counting(self, counts: Callable[[], tuple[int, int]]) -> None:
        """
        What is carried is counted from here; called where it L{counts}, before anything has passed.

        @param counts: says how many bytes went to the peer, and came from it, until now. Whoever takes over calls this
            once more, with what tells of all.
        """

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        """
        Everything is gone. Called once.

        @param sent: bytes to the peer, before encryption and compression; 0 where nobody counts. So is C{received}.
        @param byPeer: whether the stream to the peer was the first to end.
        @param mood: one of the words above.
        """


NOBODY = Ending()
"""Wants to know nothing."""
