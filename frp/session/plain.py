"""A session without multiplexing: each stream is a connection of its own."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, RemoteWireError, TunnelLost
from frp.interfaces import ISession

__all__ = ["PlainSession"]


@implementer(ISession)
class PlainSession:
    """
    C{transport.tcpMux = false}. The session lives as long as its user says; its streams live and die alone, as with the
    reference, where users that are served outlive the control connection.
    """

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        """@param endpoint: reaches the peer; a connection of it is a stream."""
        self.lost: Deferred[BaseException] = Deferred()
        self._endpoint = endpoint
        self._ended = False

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        if self._ended:
            return fail(Failure(TunnelLost("the session has ended")))
        return self._endpoint.connect(factory)

    def getPeer(self) -> IPv4Address | IPv6Address:
        """Nobody: each stream has its own."""
        return IPv4Address("TCP", "0.0.0.0", 0)

    def breach(self, error: RemoteWireError) -> None:
        """The streams are their owners'."""
        self._end(error)

    def _end(self, error: FRPError) -> None:
        if not self._ended:
            self._ended = True
            self.lost.callback(error)

    def close(self) -> None:
        """The streams are their owners'."""
        self._end(TunnelLost("the session was closed"))

    abort = close
