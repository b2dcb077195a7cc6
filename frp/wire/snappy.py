"""
Snappy's framing format: how payload is compressed. Each direction is one stream.

A stream is a sequence of chunks: a type byte, the length in three bytes (little-endian), the body. The first one is
the identifier. A chunk of data (0x00 compressed, 0x01 stored) starts with the masked CRC-32C of what it holds, at most
65536 bytes once uncompressed. Chunks 0x80 to 0xfe are skipped, 0x02 to 0x7f forbidden. Nothing marks the end.
"""

from __future__ import annotations

from cramjam import DecompressionError
from cramjam import snappy as rust

from frp.errors import RemoteWireError

__all__ = ["Compressor", "CorruptStream", "Decompressor"]

_IDENTIFIER = b"\xff\x06\x00\x00sNaPpY"
_START = len(_IDENTIFIER)
_HEADER = 4
_CHECKSUM = 4
_BLOCK = 65536
_LONGEST = 76490 + _CHECKSUM
"""The longest chunk that the reference takes, of any type: a whole block that grew in compression."""

_STORED = 0x01
_LAST_FORBIDDEN = 0x7F
_IDENTIFIES = 0xFF


class CorruptStream(RemoteWireError):
    """
    The peer's stream cannot be uncompressed from here on.

    @ivar before: what the same bytes held in front of the fault. It is the peer's word, as good as what came earlier.
    """

    def __init__(self, problem: str, before: bytes = b"") -> None:
        super().__init__("invalid compressed data", f"invalid compressed data: {problem}")
        self.before = before


class Compressor:
    """
    One direction, outwards. Nothing is kept back: every call gives whole chunks. It takes 75 KB from the first byte on,
    and none before.
    """

    def __init__(self) -> None:
        self._stream: rust.Compressor | None = None

    def compress(self, data: bytes) -> bytes:
        """
        A block that shrinks by less than an eighth is stored as it is. The identifier leaves in front of the first
        byte: a direction that says nothing sends nothing.
        """
        if not data:
            return b""
        stream = self._stream
        if stream is None:
            stream = self._stream = rust.Compressor()
        stream.compress(data)
        return bytes(stream.flush())


class Decompressor:
    """
    One direction, inwards.

    It keeps at most one unfinished chunk, and gives at most about 22 times of what it got, which is what the format can
    express. After an error it is dead: it keeps nothing and raises the same error again.
    """

    # The buffer always starts with an identifier of ours: the Rust decoder wants one per call, and so takes a run of
    # chunks from where it lies, without a copy. Each chunk's header is judged here, before its body comes.

    def __init__(self) -> None:
        self._buffer = bytearray(_IDENTIFIER)
        self._identified = False
        self._problem = ""

    def decompress(self, data: bytes) -> bytes:
        """
        @return: all that the whole chunks hold; empty if more bytes are needed.
        @raise CorruptStream: the peer does not speak this format, or bytes were damaged.
        """
        if self._problem:
            raise CorruptStream(self._problem)
        self._buffer += data
        runs, end, fault = self._scan()
        held, earlier = self._expand(runs)
        self._problem = earlier or fault
        if self._problem:
            self._buffer.clear()
            raise CorruptStream(self._problem, held)
        del self._buffer[_START:end]
        return held

    def finish(self) -> None:
        """
        The peer said that no more comes.

        @raise RemoteWireError: it stopped inside a chunk.
        """
        missing = len(self._buffer) - _START
        if missing and not self._problem:
            raise CorruptStream(f"the stream ended inside a chunk, of which {missing} bytes came")

    def _scan(self) -> tuple[list[tuple[int, int]], int, str]:
        """
        @return: where runs of whole data chunks stand; the end of the last whole chunk; what is wrong behind it, if
            anything is.
        """
        buffer = self._buffer
        have = len(buffer)
        runs: list[tuple[int, int]] = []
        at = begin = _START
        problem = ""
        while at + _HEADER <= have:
            kind = buffer[at]
            length = buffer[at + 1] | buffer[at + 2] << 8 | buffer[at + 3] << 16
            problem = self._judge(kind, length)
            end = at + _HEADER + length
            if problem or end > have:
                break
            if kind > _STORED:
                if begin < at:
                    runs.append((begin, at))
                begin = end
                if kind == _IDENTIFIES:
                    if buffer[at:end] != _IDENTIFIER:
                        problem = "the stream's identifier is a different one"
                        break
                    self._identified = True
            at = end
        if begin < at:
            runs.append((begin, at))
        return runs, at, problem

    def _judge(self, kind: int, length: int) -> str:
        """What is wrong with a chunk, as far as its header tells; empty if nothing is."""
        if not self._identified and kind != _IDENTIFIES:
            return f"the stream starts with chunk type {kind:#04x}, not with its identifier"
        if _STORED < kind <= _LAST_FORBIDDEN:
            return f"chunk type {kind:#04x} is not supported"
        if length > _LONGEST or (kind == _STORED and length > _BLOCK + _CHECKSUM):
            return f"a chunk of {length} bytes is too long"
        if kind <= _STORED and length < _CHECKSUM:
            return f"a chunk of {length} bytes is too short for its checksum"
        if kind == _IDENTIFIES and length != _START - _HEADER:
            return f"an identifier of {length} bytes"
        return ""

    def _expand(self, runs: list[tuple[int, int]]) -> tuple[bytes, str]:
        """@return: what the runs hold, up to the first bad chunk; what is wrong with that one, if there is one."""
        if not runs:
            return b"", ""
        with memoryview(self._buffer) as view:
            try:
                if len(runs) == 1 and runs[0][0] == _START:
                    with view[: runs[0][1]] as whole:
                        return bytes(rust.decompress(whole)), ""
                return bytes(rust.decompress(_IDENTIFIER + b"".join([view[begin:end] for begin, end in runs]))), ""
            except DecompressionError:
                return self._expandSingly(runs)

    def _expandSingly(self, runs: list[tuple[int, int]]) -> tuple[bytes, str]:
        """The same, chunk by chunk: what comes out must not depend on how the bytes were cut."""
        done = []
        for at, stop in runs:
            while at < stop:
                end = at + _HEADER + int.from_bytes(self._buffer[at + 1 : at + _HEADER], "little")
                try:
                    done.append(bytes(rust.decompress(_IDENTIFIER + self._buffer[at:end])))
                except DecompressionError as error:
                    return b"".join(done), str(error)
                at = end
        return b"".join(done), ""
