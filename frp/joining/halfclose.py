"""What stands between a transport and a protocol passes on that one direction has ended."""

from __future__ import annotations

from twisted.internet.interfaces import IHalfCloseableProtocol, ITransport

__all__ = ["passReadEnd", "passWriteEnd"]


def passReadEnd(protocol: object, transport: ITransport) -> None:
    """
    The peer sends no more. A protocol that does not know of half-closed connections is at its end with that, as with
    any transport of Twisted.
    """
    half = IHalfCloseableProtocol(protocol, None)
    if half is None:
        transport.loseConnection()
    else:
        half.readConnectionLost()


def passWriteEnd(protocol: object) -> None:
    """All that was written before C{loseWriteConnection} is sent."""
    half = IHalfCloseableProtocol(protocol, None)
    if half is not None:
        half.writeConnectionLost()
