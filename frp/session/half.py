"""What the two directions of a yamux stream have in common."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IReactorTime

from frp.logs import Log
from frp.session.company import Company
from frp.session.returns import Returns
from frp.session.telling import Telling
from frp.session.way import Way

__all__ = ["Half", "Outlet", "State"]

T = TypeVar("T")


class State(Enum):
    """Which directions are open on the wire."""

    OPEN = "open"
    #: We have sent FIN; the peer may still send.
    LOCAL_CLOSED = "local closed"
    #: The peer has sent FIN; we may still send.
    REMOTE_CLOSED = "remote closed"
    CLOSED = "closed"


class Outlet(Protocol):
    """
    What a stream asks of its session.

    @ivar stepsKnown: the peer gives back what it has taken long before it has taken all.
    """

    blocked: bool
    way: Way
    company: Company
    returns: Returns
    stepsKnown: bool
    clock: IReactorTime
    log: Log

    def send(self, head: bytes, body: bytes) -> None: ...

    def sendControl(self, frame: bytes) -> None: ...

    def together(self, act: Callable[[], T]) -> T: ...

    def stalled(self, stream: Half) -> None: ...

    def flushed(self, stream: Half) -> None: ...

    def lingers(self, stream: Half) -> None: ...

    def forget(self, stream: Half) -> None: ...

    def getPeer(self) -> IPv4Address | IPv6Address: ...

    def getHost(self) -> IPv4Address | IPv6Address: ...


class Half(Telling):
    """
    A base of both directions. They are bases of the stream, and no parts of it: a tunnel holds a stream for every idle
    user, and each part would cost more than what is in it; and what is asked for every frame would be further away.

    @ivar id: the number of the stream on the wire.
    @ivar state: which directions are open.
    """

    if not TYPE_CHECKING:  # mypy takes it that what derives from this has no more than these
        __slots__ = ()

    id: int
    state: State
    _session: Outlet
    _ahead: bytes  # frames that ride in front of the next one

    def announce(self) -> None:
        """Send what waits for a first write that did not come."""
        if self._ahead:
            self._session.sendControl(self._takeAhead())

    def _takeAhead(self) -> bytes:
        ahead, self._ahead = self._ahead, b""
        return ahead

    def flush(self) -> None:
        """Send what waits, as much as the window and the carrier take."""
        raise NotImplementedError
