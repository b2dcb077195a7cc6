"""What is asked about a peer while it waits: when its connection ends, nobody needs the answer any more."""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import TunnelLost
from frp.interfaces import IStream
from frp.session.greeting import handOver

__all__ = ["attended"]

T = TypeVar("T")


async def attended(stream: IStream, asking: Deferred[T]) -> T:
    """
    Wait for something as long as a peer does.

    @param stream: the peer's, paused; afterwards it is so again, with the protocol that it had. A paused connection
        may not hear of its end, so it flows meanwhile; what the peer says is put back.
    @param asking: cancelled when the stream ends.
    @raise TunnelLost: it has ended.
    """
    if asking.called:
        return await asking
    before, waiting = stream.protocol, _Waiting(asking)
    if stream.closed:
        waiting.connectionLost()
    else:
        handOver(stream, waiting)
    try:
        return await asking
    except Exception:
        if waiting.gone:
            raise TunnelLost("the connection ended while it was waiting for an answer") from None
        raise
    finally:
        if not waiting.gone:
            stream.pauseProducing()
            stream.protocol = before


class _Waiting(Protocol):
    """@ivar gone: whether the peer has left."""

    transport: IStream

    def __init__(self, asking: Deferred[T]) -> None:
        self.gone = False
        self._asking = asking

    def dataReceived(self, data: bytes) -> None:
        self.transport.unread(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.gone = True
        self._asking.cancel()
