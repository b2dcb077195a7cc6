"""What a stream answers that has its carrier for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IProtocol

from frp.interfaces import IStream
from frp.interfaces.ending import Ending

__all__ = ["Unmultiplexed"]

T = TypeVar("T")


class _Stream(Protocol):
    """What derives from the base is one."""

    protocol: IProtocol
    _unread: bytes

    def write(self, data: bytes) -> object: ...

    def pauseProducing(self) -> object: ...


class Unmultiplexed:
    """
    A base for an L{IStream<frp.interfaces.IStream>} that is a whole connection: a socket, TLS on one, a connection in
    memory. What only streams of a session can do is nothing here.

    What derives from it notes in C{_paused} whether it is paused, and calls C{_putBack} when it is resumed, and before
    the end, if C{_unread} is not empty.
    """

    source: IPv4Address | IPv6Address | None = None
    destination: IPv4Address | IPv6Address | None = None
    serverName = ""
    chosen = b""
    resets = False
    halfClose = True
    _paused = False
    _unread = b""

    @property
    def lossless(self) -> bool:
        return False

    @property
    def datagramSize(self) -> int:
        return 0

    def writeVector(self: _Stream, head: bytes, body: bytes) -> None:
        self.write(head + body)

    def unread(self: _Stream, data: bytes) -> None:
        self.pauseProducing()
        self._unread = data + self._unread

    def _putBack(self: _Stream) -> None:
        """Deliver what was put back; the protocol may pause by it."""
        data, self._unread = self._unread, b""
        self.protocol.dataReceived(data)

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        return 0

    def release(self) -> tuple[IStream, Ending | None]:
        return self, None  # type: ignore[return-value]  # what derives from this is one

    def widen(self) -> None:
        """There is no window of ours."""

    def together(self, act: Callable[[], T]) -> T:
        return act()

    def counts(self) -> tuple[int, int] | None:
        return None

    def roundTrip(self) -> float:
        return 0.0

    def keepAlive(self, seconds: int) -> None:
        """There is no system to ask."""
