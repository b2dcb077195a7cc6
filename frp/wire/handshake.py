"""
The shape of a dialogue that asks for a stream: the one who asks says something, hears the answer, and what follows the
answer is the stream.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from frp.errors import RemoteWireError

__all__ = ["Handshake"]


class Handshake(ABC):
    """
    The side that asks. Send what L{begin} gives, then give L{receive} what comes and send what it returns, until the
    dialogue is L{done}, was refused (L{refusal}), or broke.

    After an error it is dead: it keeps nothing and raises the same error again.

    @ivar done: the stream is ours, and L{takeRest} gives the beginning of it.
    @ivar refusal: the other side understood and says no: the words for it; empty while it has not.
    @ivar unwelcome: the refusal is of who we are, so that nothing is gained by asking again soon.
    @ivar hint: what to do about the refusal, or about an end without any; or empty.
    @ivar instead: what to ask after the refusal, on another connection; or None.
    """

    def __init__(self) -> None:
        self.done = False
        self.refusal = ""
        self.hint = ""
        self.unwelcome = False
        self.instead: Handshake | None = None
        self._buffer = bytearray()
        self._failure: RemoteWireError | None = None

    @abstractmethod
    def begin(self) -> bytes:
        """@return: what is said first."""

    @abstractmethod
    def _step(self) -> bytes | None:
        """
        Take one message from the buffer.

        @return: what to answer, possibly nothing; None where more bytes are needed.
        @raise RemoteWireError: it is no such message.
        """

    def receive(self, data: bytes) -> bytes:
        """
        @return: what to send.
        @raise RemoteWireError: the other side does not speak this protocol.
        """
        if self._failure is not None:
            raise self._failure
        if self.refusal:
            return b""
        self._buffer += data
        answer = b""
        try:
            while not self.done and not self.refusal:
                said = self._step()
                if said is None:
                    break
                answer += said
        except RemoteWireError as failure:
            self._failure = failure
            self._buffer.clear()
            raise
        return answer

    def takeRest(self) -> bytes:
        """What came behind the dialogue; this forgets it."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _refuse(self, refusal: str, hint: str = "", *, unwelcome: bool = False) -> bytes:
        self.refusal, self.hint, self.unwelcome = refusal, hint, unwelcome
        self._buffer.clear()
        return b""
