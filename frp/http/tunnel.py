"""
What comes when HTTP steps aside: C{Upgrade} and C{CONNECT}.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.http.forwarding import Tunnel
from frp.interfaces import IStream
from frp.interfaces.flowing import Flowing
from frp.joining.coded import CodedStream
from frp.joining.splice import Treatment, splice
from frp.logs import Log

__all__ = ["tunnelling"]


def tunnelling(clock: IReactorTime, log: Log, flowing: Flowing | None = None) -> Tunnel:
    """
    @param flowing: is told of users while they are joined.
    @return: what joins users with services.
    """

    def join(user: IStream, sent: bytes, service: IStream, first: bytes) -> None:
        if flowing is not None:
            flowing.began(user)

        def ended() -> None:
            if done is not None:
                done()
            if flowing is not None:
                flowing.ended(user)

        stream, done, halfClose = service, None, True
        if isinstance(service, CodedStream) and (released := service.release()) is not None:
            # Nothing of ours stands between the two any more.
            stream, held, done = released
            first += held
            halfClose = service.halfClose
        treatment = Treatment(halfClose=halfClose)
        splice(user, stream, treatment, clock=clock, log=log, rest=sent, first=first, done=ended)

    return join
