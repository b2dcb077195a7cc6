"""
What two nodes of one server say to each other, inside TLS.

First each says who it is, and proves that it knows the secret of all nodes: the one that has dialled begins, so that
whoever only comes by learns nothing. After that they speak yamux. The first thing on each of its streams is an I{ask};
the first thing that comes back is an answer, and an empty one is a yes. What follows belongs to whoever the stream is
for.

Each of these is a I{piece}: its length in two bytes, and so many bytes.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from struct import Struct

from frp.errors import AuthError, LocalWireError, RemoteWireError
from frp.values import frozen
from frp.wire.sniff import describe

__all__ = [
    "LABEL",
    "LONGEST_ASK",
    "LONGEST_WORDS",
    "MATERIAL",
    "YES",
    "Hello",
    "HelloReader",
    "PieceReader",
    "Proofs",
    "encodeAsk",
    "encodeRefusal",
    "readAsk",
]

LABEL = b"EXPERIMENTAL frp nodes"
"""What the keying material of the TLS connection is exported for (RFC 5705)."""

MATERIAL = 32
"""Bytes of keying material."""

LONGEST_ASK = 16384
"""Bytes of JSON in an ask."""

LONGEST_WORDS = 1024
"""Bytes of UTF-8 in a refusal."""

VERSION = 1

_MAGIC = b"frp node"
_START = _MAGIC + bytes([VERSION])
_LENGTH = Struct(">H")
_PROOF = 32
_LONGEST_HELLO = 2048

#: What is proven by who has dialled, and by who was dialled: neither can be said back to the other.
_ROLES = {True: b"frp node that dials\0", False: b"frp node that is dialled\0"}

YES = _LENGTH.pack(0)

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _piece(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


@frozen
class Hello:
    """
    Who a node is.

    @ivar node: what it is called in this life (L{IDirectory.node<frp.interfaces.IDirectory>}).
    @ivar name: what people call it.
    @ivar to: whom it takes the other one for, by that one's C{node}.
    """

    node: str
    name: str
    to: str


class Proofs:
    """Says hello, and believes it, on one TLS connection: what was said on another one proves nothing here."""

    def __init__(self, secret: bytes, material: bytes) -> None:
        """
        @param secret: what all nodes know, and nobody else. Whoever was dialled could try out what it may be, so it has
            to be long.
        @param material: L{MATERIAL} bytes that only the two ends of this TLS connection know.
        """
        self._secret = secret
        self._material = material

    def _proof(self, body: bytes, dials: bool) -> bytes:
        return hmac.digest(self._secret, _ROLES[dials] + self._material + body, "sha256")

    def say(self, hello: Hello, *, dials: bool) -> bytes:
        """
        @param dials: whether the one who says it has dialled.
        @raise LocalWireError: the names are too long.
        """
        body = json.dumps([hello.node, hello.name, hello.to]).encode()
        if len(body) + _PROOF > _LONGEST_HELLO:
            raise LocalWireError("a node's name is too long", f"the names of two nodes take {len(body)} bytes")
        return _START + _piece(body + self._proof(body, dials))

    def believe(self, said: bytes, *, dials: bool) -> Hello:
        """
        @param said: what a L{HelloReader} has read.
        @param dials: whether the one who has said it has dialled.
        @raise AuthError: whoever it is does not know the secret.
        @raise RemoteWireError: it does, and this is no hello.
        """
        body, proof = said[:-_PROOF], said[-_PROOF:]
        if not hmac.compare_digest(proof, self._proof(body, dials)):
            raise AuthError("another secret", "it does not know the secret of this node")
        try:
            names = json.loads(body)
        except (ValueError, RecursionError):
            names = None
        if not isinstance(names, list) or len(names) != 3 or not all(isinstance(name, str) for name in names):
            raise _noHello("it holds no three names")
        return Hello(*names)


def _noHello(problem: str) -> RemoteWireError:
    return RemoteWireError("not a node's hello", f"the hello of a node was expected: {problem}")


class PieceReader:
    """
    Waits for one piece.

    @ivar rest: what came behind it.
    """

    __slots__ = ("_buffer", "_longest", "_what", "rest")

    def __init__(self, what: str, longest: int) -> None:
        """
        @param what: what is expected, for the errors.
        @param longest: how many bytes it may have.
        """
        self.rest = b""
        self._buffer = b""
        self._what = what
        self._longest = longest

    def receive(self, data: bytes) -> bytes | None:
        """
        @return: the piece; None where more bytes are needed.
        @raise RemoteWireError: it is too long.
        """
        buffer = self._buffer = self._buffer + data if self._buffer else data
        if len(buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(buffer)
        if length > self._longest:
            self._buffer = b""
            problem = f"{self._what} of {length} bytes was announced, at most {self._longest} are allowed"
            raise RemoteWireError(f"{self._what} is too long", problem)
        end = _LENGTH.size + length
        if len(buffer) < end:
            return None
        self._buffer = b""
        self.rest = buffer[end:]
        return buffer[_LENGTH.size : end]


class HelloReader:
    """
    Waits for a hello, of whomever.

    @ivar rest: what came behind it.
    """

    def __init__(self) -> None:
        self._first: bytes | None = b""  # until it is known that this is a node
        self._piece = PieceReader("the hello of a node", _LONGEST_HELLO)

    @property
    def rest(self) -> bytes:
        return self._piece.rest

    def receive(self, data: bytes) -> bytes | None:
        """
        @return: what L{Proofs.believe} is to judge; None where more bytes are needed.
        @raise RemoteWireError: this is no hello, or one of another version.
        """
        if self._first is not None:
            first = self._first + data
            magic, version = first[: len(_MAGIC)], first[len(_MAGIC) : len(_START)]
            if not _MAGIC.startswith(magic):
                raise _noHello(describe(first[:16]))
            if version and version[0] != VERSION:
                problem = f"it speaks version {version[0]} of what nodes speak, and this node version {VERSION}"
                raise RemoteWireError("another version", problem)
            if not version:
                self._first = first
                return None
            self._first = None
            data = first[len(_START) :]
        return self._piece.receive(data)


def encodeAsk(ask: Mapping[str, object]) -> bytes:
    """
    @param ask: what JSON can say.
    @raise LocalWireError: it is longer than L{LONGEST_ASK}.
    """
    body = _json(ask).encode("utf-8", "surrogatepass")
    if len(body) > LONGEST_ASK:
        problem = f"what another node is asked for takes {len(body)} bytes, at most {LONGEST_ASK} are allowed"
        raise LocalWireError("an ask is too long", problem)
    return _piece(body)


def readAsk(body: bytes) -> Mapping[str, object]:
    """
    @param body: of a piece.
    @raise RemoteWireError: it is no ask.
    """
    try:
        ask = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        ask = None
    if not isinstance(ask, dict):
        raise RemoteWireError("not an ask", "another node asks for something in a way that is none")
    return ask


def encodeRefusal(why: str) -> bytes:
    """@param why: what follows L{LONGEST_WORDS} bytes of it is left out."""
    words = (why or "refused").encode("utf-8", "replace")
    return _piece(words[:LONGEST_WORDS].decode("utf-8", "ignore").encode())
