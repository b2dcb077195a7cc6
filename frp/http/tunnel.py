"""What comes when HTTP steps aside: C{Upgrade} and C{CONNECT}."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.http.forwarding import Tunnel
from frp.interfaces import IStream
from frp.interfaces.flowing import Flowing
from frp.joining.served import Served
from frp.joining.splice import directly
from frp.logs import Log

__all__ = ["tunnelling"]


def tunnelling(clock: IReactorTime, log: Log, flowing: Flowing | None = None) -> Tunnel:
    """
    @param flowing: is told of users while they are joined.
    @return: what joins users with services.
    """

    def join(user: IStream, fromUser: bytes, service: IStream, fromPeer: bytes) -> None:
        user.unread(fromUser)
        service.unread(fromPeer)
        directly(user, service, clock=clock, log=log, ending=Served(user, clock, log, flowing))

    return join
