"""
The control channel: messages in both directions, encrypted from the first byte after LoginResp.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.logs import Log
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.frames import FrameReader, encode
from frp.wire.messages import Message

__all__ = ["ControlChannel"]


class ControlChannel(Protocol):
    """
    Messages over the control connection, handled one at a time and in order.

    While a message is being handled the transport is paused, so that a peer cannot send more than one window ahead.

    @ivar holding: a message is being handled, and the transport is paused.
    """

    holding = False

    transport: IStream

    def __init__(
        self,
        log: Log,
        key: bytes | None,
        handle: Callable[[Message], Deferred[Any] | None],
        lost: Callable[[Failure], object],
    ) -> None:
        """
        @param key: sixteen bytes to encrypt with; None for a channel that stays in clear.
        @param handle: gets each message; nothing more is handled until the Deferred that it may return has fired.
        @param lost: called once when the channel has ended.
        """
        self._log = log
        self._encryptor = Encryptor(key) if key is not None else None
        self._decryptor = Decryptor(key) if key is not None else None
        self._handle = handle
        self._lost: Callable[[Failure], object] | None = lost
        self._reader = FrameReader()
        self._beginning = False

    def connectionMade(self) -> None:
        widen = getattr(self.transport, "widen", None)
        if widen is not None:
            widen()

    def send(self, message: Message) -> None:
        """
        Send a message. After the end of the channel nothing happens.

        @raise frp.errors.LocalWireError: the peer would not take it.
        """
        if self._lost is not None:
            data = encode(message)
            self.transport.write(self._encryptor.encrypt(data) if self._encryptor is not None else data)

    def dataReceived(self, data: bytes) -> None:
        if self._decryptor is not None:
            data = self._decryptor.decrypt(data)
        self._reader.receive(data)
        self._proceed()

    def _proceed(self) -> None:
        while not self.holding and self._lost is not None:
            try:
                message = self._reader.nextMessage()
            except RemoteWireError as error:
                hint = "bytes that make no sense here usually mean that the two sides have different tokens"
                self._log.warn("the control connection ends: {reason}", reason=f"{error.detail}; {hint}")
                self.end(Failure(error))
                return
            if message is None:
                return
            self._begin(message)

    def _begin(self, message: Message) -> None:
        """Handle one message; where that takes longer, the transport waits for it."""
        try:
            handled = self._handle(message)
        except Exception:
            self._log.failure("a control message could not be handled")
            return
        if handled is None:
            return
        self.holding = self._beginning = True
        handled.addBoth(self._handled)
        self._beginning = False
        if self.holding:
            self.transport.pauseProducing()

    def _handled(self, result: object) -> None:
        self.holding = False
        if isinstance(result, Failure):
            self._log.failure("a control message could not be handled", result)
        if self._beginning:
            return
        self._proceed()
        if not self.holding and self._lost is not None:
            self.transport.resumeProducing()

    def end(self, reason: Failure) -> None:
        """End the channel at once; the peer is not waited for."""
        lost, self._lost = self._lost, None
        if lost is not None:
            self.transport.abortConnection()
            lost(reason)

    def close(self) -> None:
        """End the channel when what was sent is flushed."""
        if self._lost is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            lost(reason or Failure(RemoteWireError("the connection was closed")))
