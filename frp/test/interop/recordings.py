"""
Whole conversations of the reference's two programs, and how to read them: C{vectors/conversations.json}.

Each is a login of the user C{ann}, the registration of the tcp proxy C{web}, one user with C{payload}, the service's
C{answer}, after which the service hangs up, and the end of frpc. Its C{pieces} are in the order in which a relay
between the two saw them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from frp.joining.treatment import Codec
from frp.wire import frames, yamux
from frp.wire.cfb import Decryptor
from frp.wire.dialect import MessageReader
from frp.wire.keys import tokenKey
from frp.wire.messages import Message, fromJSON
from frp.wire.sniff import V2_MAGIC
from frp.wire.v2 import frames as v2frames
from frp.wire.v2.aead import Opener
from frp.wire.v2.agreement import derived, transcript
from frp.wire.v2.hello import ClientHello, ServerHello
from frp.wire.yamux import Flag, Type

__all__ = ["Conversation", "Piece", "control", "conversations", "served", "streams"]


@attrs.frozen
class Piece:
    """
    Bytes of one side.

    @ivar connection: which TCP connection they went over, counted from 0.
    @ivar side: C{client} or C{server}.
    """

    connection: int
    side: str
    data: bytes


@attrs.frozen
class Conversation:
    """
    One recorded conversation.

    @ivar wireProtocol: which version of the wire frpc speaks.
    """

    name: str
    token: bytes
    tcpMux: bool
    useEncryption: bool
    useCompression: bool
    remotePort: int
    payload: bytes
    answer: bytes
    pieces: list[Piece]
    wireProtocol: str = "v1"

    def sent(self, side: str) -> list[bytes]:
        """@return: all that a side sent, by connection."""
        found = [b""] * (1 + max(piece.connection for piece in self.pieces))
        for piece in self.pieces:
            if piece.side == side:
                found[piece.connection] += piece.data
        return found

    def hello(self, side: str) -> bytes:
        """@return: the payload of what a side says first in version 2."""
        first = streams(self.sent(side), self.tcpMux)[0].removeprefix(V2_MAGIC)
        return first[8 : 8 + int.from_bytes(first[4:8], "big")]

    @property
    def clientHello(self) -> ClientHello:
        """What frpc offers in version 2; the same for C{serverHello}."""
        return fromJSON(ClientHello, self.hello("client"))

    @property
    def serverHello(self) -> ServerHello:
        return fromJSON(ServerHello, self.hello("server"))

    def opener(self, side: str) -> Callable[[bytes], bytes]:
        """@return: opens what a side has sealed after the login."""
        if self.wireProtocol == "v1":
            return Decryptor(tokenKey(self.token)).decrypt
        algorithm = self.serverHello.selected.crypto.algorithm
        direction = {"client": "client-to-server", "server": "server-to-client"}[side]
        salt = transcript(self.hello("client"), self.hello("server"))
        return Opener(algorithm, derived(self.token, salt, algorithm, direction)).open

    def reader(self, start: bytes) -> MessageReader:
        """@return: has received what a side said first on a connection, without what is no message."""
        reader: MessageReader = frames.FrameReader() if self.wireProtocol == "v1" else v2frames.FrameReader()
        start = start.removeprefix(V2_MAGIC)
        if start[:4] in (b"\0\1\0\0", b"\0\2\0\0"):
            start = start[8 + int.from_bytes(start[4:8], "big") :]
        reader.receive(start)
        return reader

    def codec(self) -> Codec:
        """What the proxy does to its payload."""
        return Codec.make(tokenKey(self.token) if self.useEncryption else None, self.useCompression)


def conversations() -> Iterator[Conversation]:
    """All that were recorded."""
    path = Path(__file__).parent.parent / "vectors" / "conversations.json"
    recorded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for one in recorded["conversations"]:
        pieces = [Piece(p["connection"], p["from"], base64.b64decode(p["bytes"])) for p in one.pop("pieces")]
        texts = {key: one.pop(key).encode() for key in ("payload", "answer")}
        yield Conversation(**one, **texts, token=recorded["token"].encode(), pieces=pieces)


class _Streams:
    """
    The streams of one side of a session.

    @ivar bytes: by stream; @ivar opened, ended: the numbers of those that this side opened, and ended.
    """

    def __init__(self) -> None:
        self.bytes: dict[int, bytes] = {}
        self.opened: list[int] = []
        self.ended: set[int] = set()
        self._current = 0

    def frameReceived(self, kind: int, flags: int, stream: int, length: int) -> None:
        if kind in (Type.DATA, Type.WINDOW_UPDATE):
            self._current = stream
            self.bytes.setdefault(stream, b"")
            if flags & Flag.SYN:
                self.opened.append(stream)
            if flags & Flag.FIN:
                self.ended.add(stream)

    def bodyReceived(self, piece: bytes, left: int) -> None:
        self.bytes[self._current] += piece


def streams(sent: list[bytes], tcpMux: bool, cut: int = 1 << 20) -> list[bytes]:
    """
    @param sent: what one side sent, by connection.
    @param cut: read so many bytes at a time.
    @return: what it sent by logical connection, in their order; the control connection is the first.
    """
    if not tcpMux:
        return sent
    (whole,) = sent
    read = _Streams()
    reader = yamux.FrameReader(read)
    for piece in _cut(whole, cut):
        reader.receive(piece)
    return [data for _, data in sorted(read.bytes.items())]


def control(data: bytes, conversation: Conversation, side: str, cut: int = 1 << 20) -> list[Message]:
    """The messages of one side of a control connection: the first in clear, the others encrypted."""
    reader = conversation.reader(data)
    first = reader.nextMessage()
    assert first is not None
    opened = conversation.opener(side)
    found = [first]
    for piece in _cut(reader.takeRest(), cut):
        reader.receive(opened(piece))
        while (message := reader.nextMessage()) is not None:
            found.append(message)
    assert not reader.takeRest()
    return found


def served(data: bytes, conversation: Conversation, cut: int = 1 << 20) -> tuple[Message, bytes]:
    """One side of a work connection: its first message, and its payload."""
    codec = conversation.codec()
    reader = conversation.reader(data)
    first = reader.nextMessage()
    assert first is not None
    rest = reader.takeRest()
    if codec.incoming is None:
        return first, rest
    payload = b"".join([codec.incoming(piece) for piece in _cut(rest, cut)])
    if codec.finish is not None:
        codec.finish()
    return first, payload


def _cut(data: bytes, size: int) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))
