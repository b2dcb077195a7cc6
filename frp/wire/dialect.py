"""
A dialect of frp's wire: how messages are framed, what is encrypted and how, how datagrams travel.

A logical connection is in one dialect from its first byte on. The side that opens it chooses, the other finds out by
the first bytes. What stands above this package is handed a dialect and asks it for everything; only the place where a
session is agreed on knows their names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from frp.values import define
from frp.wire.fields import flag, text
from frp.wire.messages import Message

__all__ = ["Bootstrap", "Dialect", "MessageReader", "Opening", "Packet", "PacketReader", "PacketWriter", "Seal", "User"]

M = TypeVar("M", bound=Message)

User = tuple[str, int]
"""IP address and port of a user; the zone of an IPv6 address stands behind a percent sign, as sockets write it."""

Packet = tuple[bytes, User]
"""What a datagram holds, and the user who sent it or shall get it."""

Seal = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]
"""
What seals the bytes that are sent, and what opens those that are received; the second raises
L{RemoteWireError<frp.errors.RemoteWireError>}. The first raises L{TunnelLost<frp.errors.TunnelLost>} when a key has
been used as often as it may.
"""


@define
class Bootstrap:
    """
    How a control connection reaches frps. Some dialects tell the peer, for the record.

    @ivar transport: C{transport.protocol}.
    @ivar tls: whether it is inside TLS of ours.
    @ivar tcpMux: whether connections share a carrier.
    """

    transport: str = text()
    tls: bool = flag()
    tcpMux: bool = flag()


class MessageReader(Protocol):
    """
    Bytes in, messages out: L{receive}, then L{nextMessage} until that says None. It keeps at most one unfinished
    message. After an error it is dead, and raises the same error again.
    """

    def receive(self, data: bytes) -> None:
        """@raise frp.errors.LocalWireError: earlier messages were not pulled, and there is no room for more."""

    def nextMessage(self) -> Message | None:
        """
        @return: the next message, or None: more bytes are needed.
        @raise frp.errors.RemoteWireError: the peer does not speak this dialect; C{brief} is the reference's text.
        @raise frp.errors.Refused: the peer does, and wants none of what we offer, in its words.
        """

    def nextAs(self, cls: type[M]) -> M | None:
        """The next message, where only one can come; what another one means then, is for the dialect to say."""

    def takeRest(self) -> bytes:
        """What follows the last message; the reader forgets it."""


class PacketWriter(Protocol):
    """Datagrams in, bytes out."""

    def encode(self, data: bytes, user: User) -> bytes:
        """@raise frp.errors.LocalWireError: the datagram is longer than the peer takes, or the user is none."""


class PacketReader(Protocol):
    """
    Bytes in, datagrams out. It keeps at most one unfinished message, and skips what is no datagram.

    @ivar pings: how many pings it has skipped.
    """

    pings: int

    def receive(self, data: bytes) -> list[Packet]:
        """
        @return: what is complete now.
        @raise frp.errors.RemoteWireError: the peer does not speak this dialect; nothing may be read after that.
        """


class Opening(Protocol):
    """
    The beginning of one logical connection, seen from one end: it reads and writes the first messages, and knows what
    the two ends have agreed on by them.
    """

    @property
    def reader(self) -> MessageReader:
        """Reads what the peer sends, whatever of it is the dialect's own."""

    def first(self, message: Message) -> bytes:
        """
        @return: the first message of the side that opens the connection, and all that goes before it.
        @raise frp.errors.LocalWireError: the peer would not take it.
        """

    def owed(self) -> bytes:
        """
        @return: what the dialect itself owes the peer for what was read so far, also where that was refused; it goes
            before anything of ours. Nothing is owed twice.
        """

    def seal(self, key: bytes) -> Seal | None:
        """
        @param key: the secret of both ends, such as the token; may be empty.
        @return: what all bytes go through that follow the login; None where they stay in clear.
        @raise frp.errors.Refused: the two ends have not agreed on how; with the reference's text.
        """


class Dialect(Protocol):
    """
    @ivar name: as C{transport.wireProtocol} says it and the dashboard shows it.
    @ivar since: the first release of the reference that speaks it; empty where all do.
    @ivar limit: bytes of a message's JSON.
    """

    name: str
    since: str
    limit: int

    def opening(self, *, opener: bool, bootstrap: Bootstrap | None = None) -> Opening:
        """
        @param opener: whether we have opened the connection.
        @param bootstrap: of a control connection that we have opened.
        """

    def encode(self, message: Message) -> bytes:
        """
        @raise frp.errors.LocalWireError: it is longer than any reader takes, or a value is not what its field was
            declared for.
        """

    def reader(self) -> MessageReader:
        """@return: for messages behind the first ones."""

    def packetWriter(self) -> PacketWriter:
        """@return: for one work stream that carries datagrams."""

    def packetReader(self) -> PacketReader:
        """@return: for one work stream that carries datagrams."""
