"""
One logical connection in the hands of a test, which speaks the protocol by itself: a client or a server as strange as
the test wants. Where nothing is multiplexed (C{tcpMux = false}), each is a connection of its own.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TypeVar

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, Refused, RemoteWireError
from frp.testing.links import End
from frp.wire.dialect import Dialect, Seal
from frp.wire.messages import LoginResp, Message, NewVisitorConnResp, StartWorkConn
from frp.wire.v1 import V1

__all__ = ["Talk"]

M = TypeVar("M", bound=Message)


class Talk(Protocol):
    """
    Says messages and keeps those it hears. As on every control connection, what follows a LoginResp that accepts is
    encrypted, whoever said it; what follows a StartWorkConn, or a NewVisitorConnResp, that was heard is payload.

    @ivar opening: what the two ends have agreed on.
    @ivar heard: the messages, the oldest first.
    @ivar payload: the bytes behind StartWorkConn or NewVisitorConnResp.
    @ivar garbled: what was wrong with the bytes that came, if anything was; what comes after is thrown away.
    @ivar lost: why the connection is over, or None; @ivar refused: why it never was, or None.
    """

    transport: End

    def __init__(self, token: bytes = b"", dialect: Dialect = V1, *, opener: bool = True) -> None:
        """
        @param token: makes the key of the encryption.
        @param dialect: what it speaks.
        @param opener: whether it is a client; in version 1 that makes no difference.
        """
        self.heard: list[Message] = []
        self.payload = b""
        self.garbled: FRPError | None = None
        self.lost: Failure | None = None
        self.refused: Failure | None = None
        self.opening = dialect.opening(opener=opener)
        self._encode = self.opening.first
        self._dialect = dialect
        self._token = token
        self._seal: Seal | None = None
        self._working = False

    def say(self, *messages: Message) -> None:
        """Send messages, in one write each."""
        for message in messages:
            self.sayBytes(self._encode(message))
            self._encode = self._dialect.encode
            if isinstance(message, LoginResp) and not message.error:
                self._secure()

    def sayBytes(self, data: bytes) -> None:
        """Send bytes as they are, but for the encryption."""
        self.transport.write(self._seal[0](data) if self._seal is not None else data)

    def of(self, kind: type[M]) -> list[M]:
        """@return: the messages of one type that were heard."""
        return [message for message in self.heard if isinstance(message, kind)]

    def last(self, kind: type[M]) -> M:
        """@return: the newest message of one type; there must be one."""
        return self.of(kind)[-1]

    def close(self) -> None:
        """Close when all is sent."""
        self.transport.loseConnection()

    def _secure(self) -> None:
        with suppress(Refused):  # who has agreed on nothing goes on in clear
            self._seal = self.opening.seal(self._token)

    def dataReceived(self, data: bytes) -> None:
        if self._working:
            self.payload += data
            return
        reader = self.opening.reader
        try:
            reader.receive(self._seal[1](data) if self._seal is not None else data)
            while not self._working and (message := reader.nextMessage()) is not None:
                self._received(message)
        except (RemoteWireError, Refused) as error:
            self.garbled = error
        owed = self.opening.owed()
        if owed:
            self.sayBytes(owed)

    def _received(self, message: Message) -> None:
        self.heard.append(message)
        reader = self.opening.reader
        if isinstance(message, LoginResp) and not message.error:
            rest = reader.takeRest()
            self._secure()
            self.dataReceived(rest)
        elif isinstance(message, StartWorkConn | NewVisitorConnResp) and not message.error:
            self._working = True
            self.payload += reader.takeRest()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = reason
