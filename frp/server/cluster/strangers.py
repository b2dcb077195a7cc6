"""Who comes to a node's port, until it is known that it is another node."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError
from frp.interfaces import IStream
from frp.logs import Log
from frp.server.cluster.rendezvous import Met
from frp.session.deadline import Later
from frp.session.places import Places
from frp.wire.address import hostPort

__all__ = ["LINES", "MINUTE", "MOST", "Strangers"]

#: So many at a time; for one more somebody makes room who has proven nothing.
MOST = 64

#: So many lines in so many seconds tell of those who were sent away, and one of each machine for each reason; of the
#: others there is only the number.
LINES = 10
MINUTE = 60.0


class Strangers(Factory):
    """The factory of the port."""

    noisy = False

    def __init__(
        self, clock: IReactorTime, log: Log, meet: Callable[[IStream], Deferred[Met]], met: Callable[[Met], object]
    ) -> None:
        """
        @param meet: finds out who somebody is.
        @param met: gets those who are nodes.
        """
        self._log = log
        self._meet = meet
        self._met = met
        self._places: Places[IStream] = Places()
        self._meetings: dict[IStream, Deferred[Met]] = {}
        self._told: set[tuple[str, str]] = set()  # in this minute: which machine, and why
        self._untold = 0
        self._minute = Later(clock)
        self._closed = False

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _Stranger(self)

    def came(self, carrier: IStream) -> None:
        places, peer = self._places, carrier.getPeer()
        if len(places) >= MOST:
            self._meetings[places.worst()].cancel()
        places.take(carrier)

        def ended(result: Met | Failure) -> Met | Failure:
            places.leave(carrier)
            del self._meetings[carrier]
            return result

        meeting = self._meetings[carrier] = self._meet(carrier)
        meeting.addBoth(ended).addCallbacks(self._met, self._refused, errbackArgs=(peer,))
        meeting.addErrback(lambda failure: self._log.failure("a link with {peer}", failure, peer=hostPort(peer)))

    def _refused(self, failure: Failure, peer: IPv4Address | IPv6Address) -> None:
        failure.trap(FRPError, CancelledError)
        error = failure.value
        if self._closed:
            return
        if not self._minute.waiting:
            self._told.clear()
            self._untold = 0
            self._minute.set(MINUTE, self._sum)
        reason = error.oneLine if isinstance(error, FRPError) else "too many others came meanwhile"
        if (peer.host, reason) in self._told or len(self._told) >= LINES:
            self._untold += 1
            return
        self._told.add((peer.host, reason))
        self._log.warn(
            "a connection from {peer} to the port for nodes (cluster.bindPort) is closed: {reason}",
            peer=hostPort(peer),
            reason=reason,
        )

    def _sum(self) -> None:
        if self._untold:
            text = "{more} more connections to the port for nodes were closed in this minute; let only nodes reach it"
            self._log.warn(text, more=self._untold)

    def close(self) -> None:
        """Nobody is waited for any more."""
        self._closed = True
        self._minute.stop()
        for meeting in list(self._meetings.values()):
            meeting.cancel()


class _Stranger(Protocol):
    """One connection, which is given away at once."""

    transport: IStream

    def __init__(self, strangers: Strangers) -> None:
        self._strangers = strangers

    def connectionMade(self) -> None:
        self._strangers.came(self.transport)
