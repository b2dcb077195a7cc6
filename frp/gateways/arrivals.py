"""Users who have come to a door and have not said yet whom they want."""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.gateways.routes import GroupedRoutes, Serve
from frp.interfaces import IGatewaySite, IStream
from frp.wire.address import hostPort

__all__ = ["MAX_WAITING", "PATIENCE", "Arrival", "Door"]

#: Seconds in which users must have said it, and taken the answer where that is a no.
PATIENCE = 30

#: How many of them a door waits for; the next one takes the place of the oldest. Most say it at once, so that the
#: oldest are those who hold connections on purpose.
MAX_WAITING = 4096


class Arrival(Protocol):
    """
    One of them. A subclass reads (L{heard}) until it knows, and then gives the user away or refuses it.

    @ivar holding: the user was given away, and is paused until its proxy has a work stream.
    """

    transport: IStream
    holding = False
    _refused = False
    _timer: IDelayedCall | None = None

    def __init__(self, door: Door) -> None:
        self.door = door

    def heard(self, data: bytes) -> None:
        """The user has said something; not called any more once it is known what becomes of it."""
        raise NotImplementedError

    def give(self, serve: Serve, rest: bytes) -> None:
        """
        The user is a proxy's from here.

        @param rest: what the proxy shall get before all that comes.
        """
        self._leave()
        self.holding = True
        self.transport.pauseProducing()
        serve(self.transport, rest)

    def refuse(self, reason: str, answer: bytes = b"") -> None:
        """
        Answer, and close the connection when the user has taken the answer.

        @param reason: for the log, where it is a detail: whoever looks for open ports makes many such lines.
        """
        self._refused = True
        self._say(reason)
        if answer:
            self.transport.write(answer)
        self.transport.loseConnection()

    def drop(self, reason: str) -> None:
        """The same at once, without an answer."""
        self._leave()
        self._say(reason)
        self.transport.abortConnection()

    def _say(self, reason: str) -> None:
        self.door.site.log.debug(
            "a connection from {peer} is closed: {reason}", peer=hostPort(self.transport.getPeer()), reason=reason
        )

    def connectionMade(self) -> None:
        waiting = self.door.waiting
        if len(waiting) >= MAX_WAITING:
            next(iter(waiting)).drop("too many have not said whom they want")
        waiting[self] = None
        self._timer = self.door.site.clock.callLater(PATIENCE, self._timedOut)

    def dataReceived(self, data: bytes) -> None:
        if self._timer is not None and not self._refused:
            self.heard(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._leave()

    def _leave(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            self.door.waiting.pop(self, None)
            if timer.active():
                timer.cancel()

    def _timedOut(self) -> None:
        what = "it has not taken the answer" if self._refused else "it has not said whom it wants"
        self.drop(f"{what} within {PATIENCE} s")


class Door(Factory):
    """A port whose users say whom they want. Those who have not said it are C{waiting}, the oldest first."""

    noisy = False

    def __init__(self, site: IGatewaySite, port: int) -> None:
        self.site = site
        self.port = port
        self.subDomainHost = site.config.subDomainHost
        self.routes = GroupedRoutes(site)
        self.waiting: dict[Arrival, None] = {}

    def close(self) -> None:
        """Nobody is waited for."""
        for arrival in list(self.waiting):
            arrival.transport.abortConnection()
