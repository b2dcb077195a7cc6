"""What the message readers of all dialects have in common: a buffer, and being dead after an error."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar, cast

from frp.errors import FRPError, LocalWireError, Refused, RemoteWireError
from frp.wire.messages import Message

__all__ = ["Reader"]

M = TypeVar("M", bound=Message)


class Reader(ABC):
    """
    A L{MessageReader<frp.wire.dialect.MessageReader>} without a framing: a subclass reads one message.

    @ivar _buffer: what has come and is not read yet.
    """

    def __init__(self, roomFor: int) -> None:
        """@param roomFor: how many bytes may still lie here, unpulled, when more come."""
        self._roomFor = roomFor
        self._buffer = bytearray()
        self._failure: FRPError | None = None

    @abstractmethod
    def _read(self, cls: type[Message] | None) -> Message | None:
        """
        Take one message from the buffer.

        @param cls: what it must be; None for any.
        @return: None where more bytes are needed.
        @raise FRPError: as L{MessageReader.nextMessage<frp.wire.dialect.MessageReader.nextMessage>} says.
        """

    def receive(self, data: bytes) -> None:
        if self._failure is not None:
            return
        if len(self._buffer) > self._roomFor:
            raise LocalWireError(
                "unread messages pile up",
                f"{len(self._buffer)} bytes of messages lie unread, room is for {self._roomFor}",
            )
        self._buffer += data

    def nextMessage(self) -> Message | None:
        return self._next(None)

    def nextAs(self, cls: type[M]) -> M | None:
        return cast("M | None", self._next(cls))

    def takeRest(self) -> bytes:
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _next(self, cls: type[Message] | None) -> Message | None:
        if self._failure is not None:
            raise self._failure
        try:
            return self._read(cls)
        except (RemoteWireError, Refused) as failure:
            self._failure = failure
            self._buffer.clear()
            raise
