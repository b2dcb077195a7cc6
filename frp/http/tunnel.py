"""
What comes when HTTP steps aside: C{Upgrade} and C{CONNECT}.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, Unavailable
from frp.http.exchange import IExchange
from frp.http.forwarding import Destination, Tunnel
from frp.interfaces import IStream
from frp.logs import Log
from frp.session.flowing import Flowing
from frp.session.splice import Treatment, splice

__all__ = ["connect", "tunnelling"]


def tunnelling(clock: IReactorTime, log: Log, flowing: Flowing | None = None) -> Tunnel:
    """
    @param flowing: is told of users while they are joined.
    @return: what joins users with services.
    """

    def join(user: IStream, sent: bytes, service: IStream, first: bytes) -> None:
        if flowing is not None:
            flowing.began(user)
        splice(
            user,
            service,
            Treatment(),
            clock=clock,
            log=log,
            rest=sent,
            first=first,
            done=(lambda: flowing.ended(user)) if flowing is not None else None,
        )

    return join


class _Paused(Protocol):
    """A connection to the service that is given away at once."""

    transport: IStream

    def connectionMade(self) -> None:
        self.transport.pauseProducing()


def connect(exchange: IExchange, destination: Destination) -> None:
    """
    Pass a C{CONNECT} on as it is, and everything behind it: it is the service that says yes or no. What the user sent
    together with the request, which the reference loses, goes with it.
    """
    if not exchange.canTakeOver:
        exchange.reply(501)
        return
    waiting = _Paused()

    def dialled(_: object) -> None:
        service = waiting.transport
        if exchange.over:
            service.abortConnection()
            return
        service.write(_request(exchange))
        user, sent = exchange.takeOver()
        destination.tunnel(user, sent, service, b"")

    def failed(failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, FRPError):
            error = Unavailable("the service cannot be reached", f"the service cannot be reached: {error}")
        if not exchange.over:
            destination.failed(exchange, error)

    def broken(failure: Failure) -> None:
        destination.log.failure("{exchange} failed", failure, exchange=exchange)
        exchange.abort()

    destination.dial(waiting, exchange).addCallbacks(dialled, failed).addErrback(broken)


def _request(exchange: IExchange) -> bytes:
    """The request once more. The authority of the target takes the place of a Host that says something else."""
    head = exchange.head
    head.fields.remove(b"host")
    lines = b"".join([b"%b: %b\r\n" % pair for pair in head.fields.pairs])
    return b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (head.target, head.target, lines)
