"""What a stream answers that shares its carrier with others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from twisted.internet.address import IPv4Address, IPv6Address

from frp.interfaces import IStream
from frp.interfaces.ending import Ending

__all__ = ["Multiplexed"]


class _Session(Protocol):
    def getPeer(self) -> IPv4Address | IPv6Address: ...

    def getHost(self) -> IPv4Address | IPv6Address: ...


class _Stream(Protocol):
    """What derives from the base is one."""

    def loseConnection(self) -> object: ...


class Multiplexed:
    """
    A base for an L{IStream<frp.interfaces.IStream>} of a session, as
    L{Unmultiplexed<frp.session.unmultiplexed.Unmultiplexed>} is one for those without.
    """

    if not TYPE_CHECKING:  # mypy takes it that what derives from this has no more than these
        __slots__ = ()

    source: IPv4Address | IPv6Address | None = None
    destination: IPv4Address | IPv6Address | None = None
    serverName = ""
    chosen = b""
    halfClose = True
    disconnecting: bool
    _session: _Session

    @property
    def closed(self) -> bool:
        return self.disconnecting

    def stopProducing(self: _Stream) -> None:
        self.loseConnection()

    def release(self) -> tuple[IStream, Ending | None]:
        """Nothing can be spared."""
        return self, None  # type: ignore[return-value]  # what derives from this is one

    @property
    def datagramSize(self) -> int:
        """No datagram can go beside it."""
        return 0

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        """There are none."""
        return 0

    def keepAlive(self, seconds: int) -> None:
        """The session asks by itself whether the peer lives."""

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self._session.getPeer()

    def getHost(self) -> IPv4Address | IPv6Address:
        return self._session.getHost()
