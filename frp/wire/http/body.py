"""
The bodies of HTTP/1.1 messages: bytes to pieces of a body, and back.

No reader keeps any part of a body: what has come is given at once, whatever chunk it is a part of.
"""

from __future__ import annotations

from typing import Protocol

from frp.errors import LocalWireError
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TEXT, Fields, checkFields, encodeFields, readFields
from frp.wire.http.framing import CHUNKED, UNTIL_CLOSE
from frp.wire.http.loose import looseFields

__all__ = [
    "BodyReader",
    "ChunkedReader",
    "CloseReader",
    "LengthReader",
    "bodyReader",
    "checkTrailers",
    "encodeChunk",
    "encodeLastChunk",
]

LINE_LIMIT = 4096
"""Bytes of the line before a chunk."""

TRAILER_LIMIT = 16384
"""Bytes of all trailers."""

WASTE_LIMIT = 16384
"""By how much what is no data may outweigh the data of a chunked body, with some allowance for each chunk; as in Go."""

_HEX = b"0123456789abcdefABCDEF"
_ANY = bytes(set(range(256)) - set(b"\r\n"))

# Fields that say how to read or route a message come too late behind it (RFC 9110, section 6.5.1).
_NOT_BEHIND = (
    b"transfer-encoding",
    b"content-length",
    b"host",
    b"connection",
    b"upgrade",
    b"te",
    b"trailer",
    b"content-encoding",
    b"content-type",
    b"content-range",
    b"authorization",
    b"proxy-authorization",
    b"proxy-authenticate",
    b"www-authenticate",
    b"cookie",
    b"set-cookie",
    b"expect",
    b"cache-control",
    b"max-forwards",
)


class BodyReader(Protocol):
    """
    What reads one body. After its end, and after an error, it must not be used again.

    @ivar done: the end has come.
    @ivar rest: when done: what came behind the body.
    @ivar trailers: when done: the fields behind the body; L{None} without any.
    """

    done: bool
    rest: bytes
    trailers: Fields | None

    def receive(self, data: bytes) -> list[bytes]:
        """
        Read what has come.

        @return: the parts of the body in it, none of them empty.
        @raise HTTPWireError: it is malformed.
        """

    def connectionEnded(self) -> None:
        """
        Nothing more will come.

        @raise HTTPWireError: the body is not whole.
        """


class LengthReader:
    """A body of so many bytes; of none, it is done from the start."""

    __slots__ = ("_left", "done", "rest", "trailers")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = not length
        self.rest = b""
        self.trailers: Fields | None = None

    def receive(self, data: bytes) -> list[bytes]:
        left = self._left
        if len(data) < left:
            self._left = left - len(data)
            return [data] if data else []
        self.done = True
        self._left = 0
        if len(data) == left:
            return [data] if data else []
        self.rest = data[left:]
        return [data[:left]] if left else []

    def connectionEnded(self) -> None:
        if not self.done:
            raise HTTPWireError(400, "the body is cut off", f"the connection ended {self._left} bytes before the body")


class CloseReader:
    """A body that ends with the connection."""

    __slots__ = ("done", "rest", "trailers")

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self.trailers: Fields | None = None

    def receive(self, data: bytes) -> list[bytes]:
        return [data] if data else []

    def connectionEnded(self) -> None:
        self.done = True


class ChunkedReader:
    """A body in chunks. Extensions of chunks are dropped."""

    __slots__ = ("_left", "_line", "_loose", "_searched", "_step", "_waste", "done", "rest", "trailers")

    def __init__(self, loose: bool = False) -> None:
        """@param loose: let pass what Go lets pass in a response: see L{frp.wire.http.loose}."""
        self._loose = loose
        self.done = False
        self.rest = b""
        self.trailers: Fields | None = None
        self._step = _SIZE
        self._left = 0
        self._line = bytearray()
        self._searched = 0
        self._waste = 0

    def receive(self, data: bytes) -> list[bytes]:
        pieces: list[bytes] = []
        offset = 0
        end = len(data)
        while offset < end:
            step = self._step
            if step == _DATA:
                stop = offset + self._left
                if stop > end:
                    self._left = stop - end
                    pieces.append(data[offset:] if offset else data)
                    break
                pieces.append(data[offset:stop])
                self._left = 2
                self._step = _BREAK
                offset = stop
            elif step == _BREAK:
                offset = self._readBreak(data, offset)
            elif step == _SIZE:
                offset = self._readSize(data, offset)
            else:
                self._readTrailers(data, offset)
                break
        return pieces

    def connectionEnded(self) -> None:
        if not self.done:
            raise HTTPWireError(400, "the body is cut off", "the connection ended before the last chunk")

    def _readSize(self, data: bytes, offset: int) -> int:
        if self._line:
            return self._joinSize(data, offset)
        stop = data.find(b"\r\n", offset, offset + LINE_LIMIT)
        if stop < 0:
            self._line += data[offset : offset + LINE_LIMIT]
            self._checkLine(self._line)
            return len(data)
        self._begin(data[offset:stop])
        return stop + 2

    def _joinSize(self, data: bytes, offset: int) -> int:
        """The line before a chunk came in more than one piece."""
        line = self._line
        had = len(line)
        line += data[offset : offset + LINE_LIMIT - had]
        stop = line.find(b"\r\n", max(0, had - 1))
        if stop < 0:
            self._checkLine(line, had)
            return len(data)
        size = bytes(line[:stop])
        line.clear()
        self._begin(size)
        return offset + stop + 2 - had

    def _checkLine(self, line: bytearray, had: int = 0) -> None:
        """Say no to a line that is too long, or that ends as none may, before its end has come."""
        if len(line) >= LINE_LIMIT or line.find(b"\n", had) >= 0:
            raise _malformed(line)

    def _begin(self, line: bytes) -> None:
        size, extended, extension = line.partition(b";")
        text = TEXT
        if self._loose:
            # Some servers reserve four places for the size.
            size = size.rstrip(b" \t")
            text = _ANY
        if not size or len(size) > 16 or size.translate(None, _HEX) or (extended and extension.translate(None, text)):
            raise _malformed(line)
        self._left = left = int(size, 16)
        if extended or left < 16:
            # Chunks of a byte, or with long extensions, cost us much for nothing.
            self._waste = max(0, self._waste + len(line) + 2 - 16 - 2 * left)
            if self._waste > WASTE_LIMIT:
                raise HTTPWireError(400, "chunked body with too little data", "a chunked body is nearly all extensions")
        if left:
            self._step = _DATA
        else:
            self._step = _TRAILERS
            self._searched = 0

    def _readBreak(self, data: bytes, offset: int) -> int:
        left = self._left
        wanted = b"\r\n" if left == 2 else b"\n"
        found = data[offset : offset + left]
        if found != wanted[: len(found)]:
            raise HTTPWireError(400, "malformed chunked body", f"{found!r} where a chunk should end")
        self._left = left - len(found)
        if not self._left:
            self._step = _SIZE
        return offset + len(found)

    def _readTrailers(self, data: bytes, offset: int) -> None:
        if not self._line:
            if data.startswith(b"\r\n", offset):
                self._end(data[offset + 2 :])
                return
            # The end of the section is an empty line; without trailers, the break before it is that of the last chunk.
            self._line += b"\r\n"
        buffer = self._line
        had = len(buffer)
        buffer += data[offset : offset + TRAILER_LIMIT]
        stop = buffer.find(b"\r\n\r\n", max(0, had - 3), TRAILER_LIMIT)
        if stop < 0:
            if len(buffer) >= TRAILER_LIMIT:
                raise HTTPWireError(431, "trailers too large", f"trailers have no end within {TRAILER_LIMIT} bytes")
            return
        if stop:
            self.trailers = self._fields(bytes(buffer[2:stop]))
        self._end(data[offset + stop + 4 - had :])

    def _fields(self, block: bytes) -> Fields:
        if not self._loose:
            return readTrailers(block)
        fields = looseFields(block, 502)
        fields.remove(*_NOT_BEHIND)
        return fields

    def _end(self, rest: bytes) -> None:
        self.done = True
        self.rest = rest


_SIZE, _DATA, _BREAK, _TRAILERS = range(4)


def _malformed(line: bytes | bytearray) -> HTTPWireError:
    return HTTPWireError(400, "malformed chunked body", f"a chunk begins with {bytes(line[:60])!r}")


def bodyReader(framing: int, loose: bool = False) -> BodyReader:
    """
    What reads a body that ends like this.

    @param framing: from C{head.framing()}.
    @param loose: of a response: see L{ChunkedReader}.
    """
    if framing == CHUNKED:
        return ChunkedReader(loose)
    if framing == UNTIL_CLOSE:
        return CloseReader()
    return LengthReader(framing)


def readTrailers(block: bytes) -> Fields:
    """
    Read the fields behind a chunked body.

    @param block: without the empty line at its end and the line break before that.
    @raise HTTPWireError: malformed, or a field that must not stand there.
    """
    lines = block.split(b"\r\n")
    if block.translate(None, TEXT) != b"\r\n" * (len(lines) - 1):
        raise HTTPWireError(400, "control character in the trailers", f"a control character in {block[:60]!r}")
    fields = readFields(lines, 400)
    checkTrailers(fields)
    return fields


def checkTrailers(fields: Fields) -> None:
    """@raise HTTPWireError: a field that must not stand behind a body."""
    for name in _NOT_BEHIND:
        if name in fields:
            raise HTTPWireError(400, "forbidden trailer", f"the field {name.decode('ascii')} stands behind the body")


def encodeChunk(data: bytes, before: bytes = b"") -> bytes:
    """
    One chunk. It is copied, which costs less than a system call for each of its parts.

    @param data: not empty, since an empty chunk would end the body.
    @param before: what leaves in front of it.
    """
    return b"%b%x\r\n%b\r\n" % (before, len(data), data)


def encodeLastChunk(trailers: Fields | None = None) -> bytes:
    """
    The end of a chunked body.

    @raise LocalWireError: the trailers would not be read back.
    """
    if not trailers:
        return b"0\r\n\r\n"
    lines = encodeFields(trailers)
    try:
        if lines.translate(None, TEXT) != b"\r\n" * len(trailers):
            raise HTTPWireError(400, "control character in the trailers")
        checkFields(trailers, 400)
        checkTrailers(trailers)
        if len(lines) + 4 > TRAILER_LIMIT:
            raise HTTPWireError(431, "trailers too large")
    except HTTPWireError as error:
        raise LocalWireError(f"cannot be sent: {error.brief}", f"cannot be sent: {error.detail}") from error
    return b"0\r\n%b\r\n" % lines
