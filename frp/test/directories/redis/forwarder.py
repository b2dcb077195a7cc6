"""A way to a server that can be cut, in one direction or both, without either end being told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.interfaces import IReactor

__all__ = ["Forwarder"]

if TYPE_CHECKING:
    reactor: IReactor
else:
    from twisted.internet import reactor


class _End(Protocol):
    """@ivar other: where its bytes go."""

    transport: ITCPTransport
    other: _End | None = None

    def __init__(self, forwarder: Forwarder, direction: str, number: int) -> None:
        self._forwarder, self._direction, self._number = forwarder, direction, number
        self._early: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        """Pass it on, or not."""
        if self._forwarder.cut & {self._direction, f"{self._direction} {self._number}"}:
            return
        if self.other is None:
            self._early.append(data)
        else:
            self.other.transport.write(data)

    def joined(self, other: _End) -> None:
        """There is somebody at the other side."""
        self.other = other
        for data in self._early:
            other.transport.write(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Both go."""
        if self.other is not None:
            self.other.transport.loseConnection()


class Forwarder(Factory):
    """
    @ivar cut: directions whose bytes are swallowed: C{there}, to the server, and C{back}; C{back 2} is that of the
        second connection that came.
    @ivar port: where it listens.
    """

    noisy = False

    def __init__(self, to: int) -> None:
        self.cut: set[str] = set()
        self._to = to
        self._ends: list[_End] = []
        self._listening = reactor.listenTCP(0, self, interface="127.0.0.1")
        host = self._listening.getHost()
        assert isinstance(host, IPv4Address)
        self.port = host.port

    def buildProtocol(self, addr: object) -> Protocol:
        """Somebody comes: dial for him."""
        number = len(self._ends) // 2 + 1
        near, far = _End(self, "there", number), _End(self, "back", number)
        self._ends += [near, far]
        dialled = TCP4ClientEndpoint(reactor, "127.0.0.1", self._to).connect(Factory.forProtocol(lambda: far))
        dialled.addCallbacks(lambda _: self._join(near, far), lambda _: near.transport.loseConnection())
        return near

    def _join(self, near: _End, far: _End) -> None:
        near.joined(far)
        far.joined(near)

    def close(self) -> Deferred[None] | None:
        """Nobody comes any more, and who was there is gone."""
        for end in self._ends:
            if end.connected:
                end.transport.abortConnection()
        return self._listening.stopListening()
