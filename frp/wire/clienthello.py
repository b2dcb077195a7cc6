"""
The first message of a TLS client: whom it wants to speak to, before anything is encrypted (RFC 8446 4.1.2, RFC 6066 3).
"""

from __future__ import annotations

from frp.errors import RemoteWireError
from frp.values import frozen

__all__ = ["MAX_HELLO", "UNRECOGNIZED_NAME", "ClientHello", "ClientHelloReader"]

MAX_HELLO = 65536
"""Bytes of a ClientHello without its header, as in Go."""

UNRECOGNIZED_NAME = bytes.fromhex("15030300020270")
"""The fatal alert of a server that does not know the name: a whole record, in the version that all clients read."""

#: Records up to the end of the hello. Each costs us a microsecond: who sends one byte in each meets this.
MAX_RECORDS = 1024

#: Bytes in one record, which nothing encrypts yet.
MAX_RECORD = 16384

_HANDSHAKE = 22
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_ALPN = 16


@frozen
class ClientHello:
    """
    What a client says of itself to everybody.

    @ivar serverName: in lower case and without a dot at its end; empty where the client says none. Mostly a host, but
        nothing keeps a client from an address, or any other text: it is read as UTF-8, and what is none of it becomes
        surrogates. Where another ClientHello is encrypted within, it is the name of the outer one.
    @ivar protocols: the protocols of ALPN that it speaks, best first.
    """

    serverName: str = ""
    protocols: tuple[bytes, ...] = ()


class ClientHelloReader:
    """
    Reads one, from bytes in any pieces, in any number of records.

    @ivar received: every byte until now, for whoever answers the client.
    """

    def __init__(self) -> None:
        self.received = bytearray()
        self._next = 0  # where the next record begins
        self._records = 0
        self._message = bytearray()  # what came in the records so far
        self._hello: ClientHello | None = None

    def receive(self, data: bytes) -> ClientHello | None:
        """
        @return: the hello, once it is whole; again, for what comes behind it.
        @raise RemoteWireError: this is no ClientHello, or one that means nothing. The reader is of no more use.
        """
        self.received += data
        while self._hello is None and self._record():
            self._look()
        return self._hello

    def _record(self) -> bool:
        """@return: whether there was one more record."""
        received, at = self.received, self._next
        if at < len(received) and received[at] != _HANDSHAKE:
            raise RemoteWireError("no TLS", f"a TLS record of type {received[at]} in place of a ClientHello")
        if len(received) < at + 5:
            return False
        size = int.from_bytes(received[at + 3 : at + 5])
        if received[at + 1] != 3 or not 0 < size <= MAX_RECORD:
            raise RemoteWireError("no TLS", f"a TLS record that begins with {bytes(received[at : at + 5]).hex(' ')}")
        if len(received) < at + 5 + size:
            return False
        self._records += 1
        if self._records > MAX_RECORDS:
            raise RemoteWireError("the ClientHello is in too many records")
        self._next = at + 5 + size
        self._message += received[at + 5 : self._next]
        return True

    def _look(self) -> None:
        message = self._message
        if message[0] != _CLIENT_HELLO:
            raise RemoteWireError(
                "no ClientHello", f"a handshake message of type {message[0]} in place of a ClientHello"
            )
        if len(message) < 4:
            return
        size = int.from_bytes(message[1:4])
        if size > MAX_HELLO:
            raise RemoteWireError(f"a ClientHello of {size} bytes is too long")
        if len(message) >= 4 + size:
            self._hello = _read(_Fields(bytes(message[4 : 4 + size])))
            self._message = bytearray()


class _Fields:
    """Bytes, taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        """@raise RemoteWireError: there are fewer."""
        end = self._at + size
        if end > len(self._data):
            raise RemoteWireError("a field of the ClientHello is longer than what it stands in")
        taken, self._at = self._data[self._at : end], end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """Bytes behind their length, which has so many bytes itself."""
        return self.take(self.number(size))

    def only(self, size: int) -> _Fields:
        """The same, where nothing may follow, and where it must not be empty."""
        inner = self.vector(size)
        if self.left or not inner:
            raise RemoteWireError("a field of the ClientHello is shorter than what it stands in")
        return _Fields(inner)


def _read(fields: _Fields) -> ClientHello:
    fields.take(2 + 32)  # the version and the random
    fields.vector(1)  # the session
    fields.vector(2)  # the cipher suites
    fields.vector(1)  # the compressions
    if not fields.left:
        return ClientHello()
    inner = fields.vector(2)
    if fields.left:
        raise RemoteWireError("something stands behind the ClientHello's extensions")
    extensions = _Fields(inner)
    known: dict[int, bytes] = {}
    while extensions.left:
        number = extensions.number(2)
        if number in known:
            raise RemoteWireError(f"the ClientHello has the extension {number} twice")
        known[number] = extensions.vector(2)
    name = _serverName(known[_SERVER_NAME]) if _SERVER_NAME in known else ""
    return ClientHello(name, _protocols(known[_ALPN]) if _ALPN in known else ())


def _serverName(extension: bytes) -> str:
    names = _Fields(extension).only(2)
    found = b""
    while names.left:
        kind, name = names.number(1), names.vector(2)
        if not name or (kind == 0 and found):
            raise RemoteWireError("the ClientHello has an empty server name, or more than one")
        if kind == 0:
            found = name
    return found.decode("utf-8", "surrogateescape").lower().removesuffix(".")


def _protocols(extension: bytes) -> tuple[bytes, ...]:
    names = _Fields(extension).only(2)
    found = []
    while names.left:
        found.append(names.vector(1))
    if not all(found):
        raise RemoteWireError("the ClientHello has an empty protocol name")
    return tuple(found)
