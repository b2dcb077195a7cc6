"""SOCKS5, the side that is asked."""

from __future__ import annotations

from hmac import compare_digest

from frp.errors import LocalWireError, RemoteWireError
from frp.values import frozen
from frp.wire.socks5.client import PASSWORD_VERSION, VERSION, Address, Method, Reply, packAddress, readAddress

__all__ = ["LONGEST", "Request", "SOCKS5Answer", "reply"]

#: The longest message of a client: user and password of 255 bytes each.
LONGEST = 3 + 255 + 255


@frozen
class Request:
    """
    What a client asks for.

    @ivar command: one of L{Command<frp.wire.socks5.client.Command>}, or any other number.
    @ivar host: a name or an IP address; empty where the client sent what is neither.
    """

    command: int
    host: str
    port: int


def reply(code: int, host: str = "0.0.0.0", port: int = 0) -> bytes:
    """@return: what answers a request."""
    try:
        address = packAddress(host.partition("%")[0], port)
    except LocalWireError:
        address = packAddress("0.0.0.0", 0)
    return bytes([VERSION, code, 0]) + address


class SOCKS5Answer:
    """
    One dialogue. Give L{receive} what comes and send what it returns, until there is a L{request}, or it is L{over}:
    then the connection is to be closed. What is kept of the dialogue never exceeds L{LONGEST}.

    @ivar request: what the client asks for, once it has; it waits for a L{reply}, and what comes behind it is kept for
        L{takeRest}.
    @ivar over: the client was refused. It has been told so in what L{receive} returned.
    @ivar denied: why the client was refused, for the log.
    """

    def __init__(self, credentials: tuple[bytes, bytes] | None = None) -> None:
        """@param credentials: user and password that the client must show; None lets everybody in."""
        self.request: Request | None = None
        self.over = False
        self.denied = ""
        self._credentials = credentials
        self._buffer = bytearray()
        self._next = self._methods

    def receive(self, data: bytes) -> bytes:
        """
        @return: what to send.
        @raise RemoteWireError: this is no client of SOCKS5. It is told nothing.
        """
        if self.over:
            return b""
        self._buffer += data
        answer = b""
        while self.request is None and not self.over:
            said = self._next()
            if said is None:
                break
            answer += said
        return answer

    def takeRest(self) -> bytes:
        """What came behind the request; this forgets it."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _methods(self) -> bytes | None:
        buffer = self._buffer
        self._expect(VERSION, "version")
        if len(buffer) < 2 or len(buffer) < 2 + buffer[1]:
            return None
        offered = bytes(buffer[2 : 2 + buffer[1]])
        del buffer[: 2 + len(offered)]
        wanted = Method.NONE if self._credentials is None else Method.PASSWORD
        if wanted not in offered:
            how = "a user and a password are wanted" if self._credentials is not None else "no proof is wanted"
            return self._refuse(bytes([VERSION, Method.UNACCEPTABLE]), f"no acceptable way to log in: {how}")
        self._next = self._requested if self._credentials is None else self._proven
        return bytes([VERSION, wanted])

    def _proven(self) -> bytes | None:
        buffer = self._buffer
        self._expect(PASSWORD_VERSION, "username/password version")
        if len(buffer) < 2:
            return None
        middle = 2 + buffer[1]
        if len(buffer) <= middle or len(buffer) <= middle + buffer[middle]:
            return None
        end = middle + 1 + buffer[middle]
        user, password = bytes(buffer[2:middle]), bytes(buffer[middle + 1 : end])
        del buffer[:end]
        assert self._credentials is not None, "or it would not have been asked for"
        known = [compare_digest(one, other) for one, other in zip((user, password), self._credentials, strict=True)]
        if not all(known):
            return self._refuse(bytes([PASSWORD_VERSION, 1]), "wrong user or password")
        self._next = self._requested
        return bytes([PASSWORD_VERSION, 0])

    def _requested(self) -> bytes | None:
        buffer = self._buffer
        self._expect(VERSION, "version")
        if len(buffer) < 4:
            return None
        if buffer[3] not in tuple(Address):
            return self._refuse(reply(Reply.NO_ADDRESS_TYPE), f"unknown type of address {buffer[3]}")
        length = buffer[4] if buffer[3] == Address.NAME and len(buffer) > 4 else 0
        try:
            read = readAddress(buffer[3:])
        except RemoteWireError:
            # Neither an address nor a name: where it goes is for whoever answers to say.
            read = "", 0, 2 + length + 2
        if read is None:
            return None
        host, port, size = read
        self.request = Request(buffer[1], host, port)
        del buffer[: 3 + size]
        return b""

    def _refuse(self, answer: bytes, why: str) -> bytes:
        self.over = True
        self.denied = why
        self._buffer.clear()
        return answer

    def _expect(self, version: int, what: str) -> None:
        if self._buffer and self._buffer[0] != version:
            found = self._buffer[0]
            self.over = True
            self._buffer.clear()
            self.denied = f"unexpected {what} {found}"
            raise RemoteWireError(self.denied, f"{self.denied}: this is no client of SOCKS5")
