"""
What a connection of HTTP/1 waits for.
"""

from __future__ import annotations

from enum import Enum

from frp.http.limits import HEAD_TIMEOUT, IDLE_TIMEOUT, SLOW_TIMEOUT, STALL_TIMEOUT

__all__ = ["Turn"]


class Turn(Enum):
    """
    Whose turn it is, and for how long.

    @ivar seconds: that it may take, while the user takes what is there for it; 0 for ever.
    """

    #: The user's: nothing has come.
    FRESH = "fresh", HEAD_TIMEOUT
    #: The user's: a request has begun.
    HEAD = "head", HEAD_TIMEOUT
    #: The handler's: it answers, or has not said yet whether it wants the body.
    ANSWERING = "answering", 0
    #: The user's: the handler wants the body.
    BODY = "body", STALL_TIMEOUT
    #: The handler's: there is a body that it does not take.
    HELD = "held", SLOW_TIMEOUT
    #: The user's: all that it has asked is answered.
    IDLE = "idle", IDLE_TIMEOUT
    #: Ours: what has come is no request. The user may still send when we close.
    REFUSING = "refusing", 0
    #: Nobody's here: the transport is gone, or another protocol's.
    GONE = "gone", 0

    def __init__(self, word: str, seconds: float) -> None:
        self.seconds = seconds
