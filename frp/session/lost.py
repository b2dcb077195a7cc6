"""Why a connection was lost, in words for people: Twisted's are about its own ways of telling."""

from __future__ import annotations

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

__all__ = ["howLost"]


def howLost(reason: Failure | None) -> str:
    """
    @param reason: as C{connectionLost} is told it.
    @return: words that can follow a colon.
    """
    if reason is None:
        return "nobody knows why"
    error = reason.value
    if isinstance(error, ConnectionDone):
        return "the other side has closed it"
    if isinstance(error, ConnectionAborted):
        return "this side has broken it off"
    if isinstance(error, ConnectionLost):
        return f"it broke: {error.args[0]}" if error.args else "it broke"
    return reason.getErrorMessage()
