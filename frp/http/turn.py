"""What a connection of HTTP/1 waits for."""

from __future__ import annotations

from frp.http.limits import HEAD_TIMEOUT, IDLE_TIMEOUT, SLOW_TIMEOUT, STALL_TIMEOUT
from frp.values import frozen

__all__ = ["ANSWERING", "BODY", "FRESH", "GONE", "HEAD", "HELD", "IDLE", "REFUSING", "Turn"]


@frozen(eq=False)
class Turn:
    """
    Whose turn it is. These are no C{Enum}: on CPython 3.11 each mention of a member would cost a fortieth of a request.

    @ivar seconds: that it may take, while the user takes what is there for it; 0 for ever.
    """

    name: str
    seconds: float = 0


#: The user's: nothing has come.
FRESH = Turn("fresh", HEAD_TIMEOUT)

#: The user's: a request has begun.
HEAD = Turn("head", HEAD_TIMEOUT)

#: The handler's: it answers, or has not said yet whether it wants the body.
ANSWERING = Turn("answering")

#: The user's: the handler wants the body.
BODY = Turn("body", STALL_TIMEOUT)

#: The handler's: there is a body that it does not take.
HELD = Turn("held", SLOW_TIMEOUT)

#: The user's: all that it has asked is answered.
IDLE = Turn("idle", IDLE_TIMEOUT)

#: Ours: what has come is no request. The user may still send when we close.
REFUSING = Turn("refusing")

#: Nobody's here: the transport is gone, or another protocol's.
GONE = Turn("gone")
