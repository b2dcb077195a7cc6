"""
A way to a server that can be cut, in one direction or both, without either end being told. As with TCP nothing is lost:
what was sent meanwhile arrives when the way is there again.
"""

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
        self._waiting: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        """Pass it on, now or later."""
        self._waiting.append(data)
        self.flush()

    def flush(self) -> None:
        """Pass on what waits, if anything may pass."""
        if self.other is None or self._forwarder.cut & {self._direction, f"{self._direction} {self._number}"}:
            return
        waiting, self._waiting = self._waiting, []
        self.other.transport.writeSequence(waiting)

    def joined(self, other: _End) -> None:
        """There is somebody at the other side."""
        self.other = other
        self.flush()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Both go."""
        if self.other is not None:
            self.other.transport.loseConnection()


class Forwarder(Factory):
    """
    @ivar cut: directions in which nothing arrives: C{there}, to the server, and C{back}; C{back 2} is that of the
        second connection that came.
    @ivar port: where it listens.
    """

    noisy = False

    def __init__(self, to: int) -> None:
        self._cut: set[str] = set()
        self._to = to
        self._ends: list[_End] = []
        self._listening = reactor.listenTCP(0, self, interface="127.0.0.1")
        host = self._listening.getHost()
        assert isinstance(host, IPv4Address)
        self.port = host.port

    @property
    def cut(self) -> set[str]:
        return self._cut

    @cut.setter
    def cut(self, cut: set[str]) -> None:
        self._cut = cut
        for end in self._ends:
            end.flush()

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
