"""The control channel: messages in both directions, encrypted from the first byte after LoginResp."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, RemoteWireError, TunnelLost
from frp.interfaces import IStream
from frp.logs import Log
from frp.session.deadline import Later
from frp.session.turns import Turn
from frp.wire.dialect import Dialect, Seal
from frp.wire.messages import Message

__all__ = ["ControlChannel"]

#: How many bytes that no message of the peer asked for may wait for a peer that does not read.
MAX_BEHIND = 4 * 1024 * 1024


@implementer(IPushProducer)
class ControlChannel(Protocol):
    """
    Messages over the control connection, handled one at a time and in order.

    While a message is being handled the transport is paused, so that a peer cannot send more than one window ahead; so
    it is while the peer does not read the answers.
    """

    transport: IStream

    def __init__(
        self,
        log: Log,
        dialect: Dialect,
        seal: Seal | None,
        handle: Callable[[Message], Deferred[None] | None],
        lost: Callable[[Failure], object],
        clock: IReactorTime,
        *,
        answering: bool = True,
    ) -> None:
        """
        @param seal: what seals and opens all bytes; None for a channel that stays in clear.
        @param handle: gets each message; nothing more is handled until the Deferred that it may return has fired.
        @param lost: called once when the channel has ended.
        @param answering: whether nothing more is read while the peer does not read what we send. Only one of two ends
            may do so, or each waits for the other: frps does, frpc reads always, as the reference's does.
        """
        self._log = log
        self._encode = dialect.encode
        self._seal = seal[0] if seal is not None else None
        self._unseal = seal[1] if seal is not None else None
        self._handle = handle
        self._lost: Callable[[Failure], object] | None = lost
        self._reader = dialect.reader()
        self._answering = answering
        self._handling = False  # a message is being handled
        self._beginning = False  # and this is known to the loop that began it
        self._full = False  # the transport takes no more for now
        self._behind = 0  # what was sent since then
        self._paused = False  # we have paused the transport
        self._turn = Turn(clock)
        self._rest = Later(clock)  # until others have had their turn

    @property
    def holding(self) -> bool:
        """Whether a message is being handled, others have their turn, or the peer does not read: nothing is read."""
        return self._handling or self._full or self._rest.waiting

    def connectionMade(self) -> None:
        self.transport.widen()
        if self._answering:
            self.transport.registerProducer(self, True)

    def send(self, message: Message) -> None:
        """
        Send a message. After the end of the channel nothing happens.

        @raise frp.errors.LocalWireError: the peer would not take it.
        """
        if self._lost is None:
            return
        data = self._encode(message)
        try:
            if self._full:
                self._fill(len(data))
            if self._seal is not None:
                data = self._seal(data)
        except TunnelLost as error:
            self._log.warn("the control connection ends: {reason}", reason=error.detail)
            self.end(Failure(error))
            return
        self.transport.write(data)

    def _fill(self, size: int) -> None:
        """@raise TunnelLost: so much more is too much for a peer that does not read."""
        self._behind += size
        if self._behind > MAX_BEHIND:
            raise TunnelLost("the peer does not read", f"{self._behind} bytes wait for a peer that does not read")

    def dataReceived(self, data: bytes) -> None:
        # Whatever was paused before: it flows, since it was handed over or resumed.
        self._paused = False
        try:
            self._reader.receive(self._unseal(data) if self._unseal is not None else data)
        except RemoteWireError as error:
            self._broken(error)
            return
        except LocalWireError as error:
            # The transport was paused. A session that has ended delivers all the same, and nobody waits for answers.
            self._log.debug("the peer has said more than is heard: {reason}", reason=error.detail)
            return
        self._goOn()

    def _rested(self) -> None:
        self._turn.renew()
        self._goOn()

    def _goOn(self) -> None:
        self._turn.resume()
        self._proceed()
        self._regulate()

    def _proceed(self) -> None:
        while not self.holding and self._lost is not None:
            try:
                message = self._reader.nextMessage()
            except RemoteWireError as error:
                self._broken(error)
                return
            if message is None:
                return
            self._begin(message)
            if self._turn.over and self._lost is not None:
                self._rest.set(0, self._rested)

    def _broken(self, error: RemoteWireError) -> None:
        hint = "bytes that make no sense here usually mean that the two sides have different tokens"
        self._log.warn("the control connection ends: {reason}", reason=f"{error.detail}; {hint}")
        self.end(Failure(error))

    def _begin(self, message: Message) -> None:
        """Handle one message, which may take longer."""
        self._handling = True
        try:
            handled = self._handle(message)
        except Exception:
            self._log.failure("a control message could not be handled")
            handled = None
        if handled is None:
            self._handling = False
            return
        self._beginning = True
        handled.addBoth(self._handled)
        self._beginning = False

    def _handled(self, result: object) -> None:
        self._handling = False
        if isinstance(result, Failure):
            self._log.failure("a control message could not be handled", result)
        if not self._beginning:
            self._goOn()

    def _regulate(self) -> None:
        """Let the transport flow while nothing is in the way."""
        if self._lost is not None and self._paused != self.holding:
            self._paused = self.holding
            if self._paused:
                self.transport.pauseProducing()
            else:
                self.transport.resumeProducing()

    def pauseProducing(self) -> None:
        self._full = True
        self._regulate()

    def resumeProducing(self) -> None:
        self._full = False
        self._behind = 0
        # Whoever is handling a message goes on with the next by itself.
        self._goOn()

    def stopProducing(self) -> None:
        """The transport is gone; connectionLost follows."""

    def end(self, reason: Failure) -> None:
        """End the channel at once; the peer is not waited for."""
        lost, self._lost = self._lost, None
        self._rest.stop()
        if lost is not None:
            self.transport.abortConnection()
            lost(reason)

    def close(self) -> None:
        """End the channel when what was sent is flushed."""
        if self._lost is not None:
            # A transport that has a producer waits for it.
            if self._answering:
                self.transport.unregisterProducer()
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        lost, self._lost = self._lost, None
        self._rest.stop()
        if lost is not None:
            lost(reason or Failure(RemoteWireError("the connection was closed")))
