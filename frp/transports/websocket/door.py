"""frps' side: a request for a WebSocket, and the answer to it."""

from __future__ import annotations

from twisted.internet.interfaces import IProtocolFactory, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.interfaces import Claim, IStream
from frp.logs import Log
from frp.session.carrier import answer
from frp.session.deadline import Later
from frp.sockets.websocket import startWebSocket
from frp.transports.port import SharedPort
from frp.wire.address import hostPort
from frp.wire.http.error import HTTPWireError
from frp.wire.http.reader import requestReader
from frp.wire.websocket.upgrade import Answer, answerTo, answerToNone

__all__ = ["REQUEST_SECONDS", "Upgrading"]

#: Seconds for the whole request, and again for the first byte of the stream.
REQUEST_SECONDS = 10


class Upgrading(Protocol):
    """
    A connection whose first bytes are those of a request for a WebSocket to frps. It is one when the request is whole,
    or is told what is wrong with that.
    """

    transport: IStream

    def __init__(self, clock: IReactorTime, log: Log, within: IProtocolFactory) -> None:
        """@param within: answers the stream that comes out of the frames."""
        self._clock = clock
        self._log = log
        self._within = within
        self._reader = requestReader()
        self._timer = Later(clock)
        self._over = False

    def connectionMade(self) -> None:
        self._timer.set(REQUEST_SECONDS, self._tooSlow)

    def dataReceived(self, data: bytes) -> None:
        if self._over:
            return
        try:
            head = self._reader.receive(data)
        except HTTPWireError as error:
            self._refuse(answerToNone(error))
            return
        if head is not None:
            said = answerTo(head)
            if said.refusal:
                self._refuse(said)
            else:
                self._upgrade(said.data)

    def _upgrade(self, said: bytes) -> None:
        self._end()
        self.transport.write(said)
        # As on a port: nobody knows yet who this is, and how long he will say nothing.
        within = SharedPort(self._clock, self._log)
        within.claim(Claim("frp", priority=9, need=1, matches=lambda first: True, answer=self._within))
        answer(within, startWebSocket(self.transport, self._clock, client=False, rest=self._reader.rest))

    def _refuse(self, said: Answer) -> None:
        self._end()
        self._log.warn(
            "a websocket with {peer} is refused: {reason}", peer=hostPort(self.transport.getPeer()), reason=said.refusal
        )
        self.transport.write(said.data)
        self.transport.loseConnection()

    def _tooSlow(self) -> None:
        self._over = True
        self._log.info(
            "a connection from {peer} is closed: no whole request for a websocket within {seconds} s",
            peer=hostPort(self.transport.getPeer()),
            seconds=REQUEST_SECONDS,
        )
        self.transport.abortConnection()

    def _end(self) -> None:
        self._over = True
        self._timer.stop()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._end()
