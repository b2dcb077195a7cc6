"""
One logical connection in the hands of a test, which speaks the protocol by itself: a client or a server as strange as
the test wants. Where nothing is multiplexed (C{tcpMux = false}), each is a connection of its own.
"""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import RemoteWireError
from frp.testing.links import End
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.frames import FrameReader, encode
from frp.wire.keys import tokenKey
from frp.wire.messages import LoginResp, Message, NewVisitorConnResp, StartWorkConn

__all__ = ["Talk"]

M = TypeVar("M", bound=Message)


class Talk(Protocol):
    """
    Says messages and keeps those it hears. As on every control connection, what follows a LoginResp that accepts is
    encrypted, whoever said it; what follows a StartWorkConn, or a NewVisitorConnResp, that was heard is payload.

    @ivar heard: the messages, the oldest first.
    @ivar payload: the bytes behind StartWorkConn or NewVisitorConnResp.
    @ivar garbled: what was wrong with the bytes that came, if anything was; what comes after is thrown away.
    @ivar lost: why the connection is over, or None; @ivar refused: why it never was, or None.
    """

    transport: End

    def __init__(self, token: bytes = b"") -> None:
        """@param token: makes the key of the encryption."""
        self.heard: list[Message] = []
        self.payload = b""
        self.garbled: RemoteWireError | None = None
        self.lost: Failure | None = None
        self.refused: Failure | None = None
        self._key = tokenKey(token)
        self._encryptor: Encryptor | None = None
        self._decryptor: Decryptor | None = None
        self._reader = FrameReader()
        self._working = False

    def say(self, *messages: Message) -> None:
        """Send messages, in one write each."""
        for message in messages:
            self.sayBytes(encode(message))
            if isinstance(message, LoginResp) and not message.error:
                self._secure()

    def sayBytes(self, data: bytes) -> None:
        """Send bytes as they are, but for the encryption."""
        self.transport.write(self._encryptor.encrypt(data) if self._encryptor is not None else data)

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
        self._encryptor, self._decryptor = Encryptor(self._key), Decryptor(self._key)

    def dataReceived(self, data: bytes) -> None:
        if self._working:
            self.payload += data
            return
        self._reader.receive(self._decryptor.decrypt(data) if self._decryptor is not None else data)
        while (message := self._next()) is not None:
            self.heard.append(message)
            if isinstance(message, LoginResp) and not message.error:
                rest = self._reader.takeRest()
                self._secure()
                self.dataReceived(rest)
            elif isinstance(message, StartWorkConn | NewVisitorConnResp) and not message.error:
                self._working = True
                self.payload += self._reader.takeRest()
                return

    def _next(self) -> Message | None:
        try:
            return self._reader.nextMessage()
        except RemoteWireError as error:
            self.garbled = error
            return None

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = reason
