"""
Datagrams as L{UDPPacket<frp.wire.messages.UDPPacket>} messages, many at a time.

The messages are those of their dialect, byte by byte. But of the datagrams of one user only the payload differs, and
what stands behind it is remembered; with that a datagram costs a tenth of what the general way takes. Whatever looks
otherwise goes the general way.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from struct import Struct
from typing import Any

from frp.values import frozen
from frp.wire.dialect import MessageReader, Packet, User
from frp.wire.frames import LIMIT, FrameReader, encode
from frp.wire.messages import V1_TYPES, Message, Ping, UDPAddress, UDPPacket, toJSON

__all__ = ["V1_PACKETS", "Framing", "PacketReader", "PacketWriter"]

_BEFORE = b'{"c":"'

#: How many users are remembered; then all are forgotten at once.
_MEMORY = 4096


@frozen
class Framing:
    """
    How a dialect frames these messages.

    @ivar header: what stands before the JSON: a lead, a length, and a mark.
    @ivar lead: as it is before a datagram; the same for C{mark}.
    @ivar counted: how many bytes of the header the length counts.
    @ivar limit: bytes of JSON.
    @ivar plausible: whether a message may have this lead and this length.
    @ivar hopeless: whether this cannot be the beginning of a message; it is shorter than a header, or plausible.
    """

    header: Struct
    lead: Any
    mark: Any
    counted: int
    limit: int
    plausible: Callable[[Any, int], bool]
    hopeless: Callable[[bytes], bool]
    encode: Callable[[Message], bytes]
    reader: Callable[[], MessageReader]


#: In version 1 nothing stands between the length and the JSON.
V1_PACKETS = Framing(
    header=Struct(">cq0s"),
    lead=UDPPacket.v1Type,
    mark=b"",
    counted=0,
    limit=LIMIT,
    plausible=lambda lead, length: lead[0] in V1_TYPES and 0 <= length <= LIMIT,
    hopeless=lambda rest: rest[0] not in V1_TYPES,
    encode=encode,
    reader=FrameReader,
)


def _message(data: bytes, user: User) -> UDPPacket:
    host, _, zone = user[0].partition("%")
    return UDPPacket(c=data, r=UDPAddress(IP=host, Port=user[1], Zone=zone))


def _behind(user: User) -> bytes:
    """What stands behind the payload of this user's packets."""
    empty = toJSON(_message(b"", user))
    return b'",' + empty[1:]


class PacketWriter:
    """A L{PacketWriter<frp.wire.dialect.PacketWriter>}."""

    def __init__(self, framing: Framing = V1_PACKETS) -> None:
        self._framing = framing
        self._pack = framing.header.pack
        self._behind: dict[User, bytes] = {}

    def encode(self, data: bytes, user: User) -> bytes:
        behind = self._behind.get(user)
        if behind is None:
            behind = _behind(user)
            if len(self._behind) >= _MEMORY:
                self._behind.clear()
            self._behind[user] = behind
        framing = self._framing
        if data:
            body = _BEFORE + b2a_base64(data, newline=False) + behind
            if len(body) <= framing.limit:
                return self._pack(framing.lead, framing.counted + len(body), framing.mark) + body
        return framing.encode(_message(data, user))


class PacketReader:
    """
    A L{PacketReader<frp.wire.dialect.PacketReader>}. It skips messages of other types, and packets without a user.
    """

    def __init__(self, framing: Framing = V1_PACKETS) -> None:
        self.pings = 0
        self._framing = framing
        self._rest = b""
        self._users: dict[bytes, User] = {}
        self._general = framing.reader()

    def receive(self, data: bytes) -> list[Packet]:
        if self._rest:
            data = self._rest + data
        packets: list[Packet] = []
        users, framing = self._users, self._framing
        unpack, header = framing.header.unpack_from, framing.header.size
        wantedLead, wantedMark, counted = framing.lead, framing.mark, framing.counted
        most = framing.limit + counted
        at, size = 0, len(data)
        while size - at >= header:
            lead, length, mark = unpack(data, at)
            start = at + header
            end = start + length - counted
            if lead != wantedLead or mark != wantedMark or not counted <= length <= most:
                if not framing.plausible(lead, length):
                    self._skip(data[at:start])
                if size < end:
                    break
                self._skip(data[at:end])
            elif size < end:
                break
            else:
                body = data[start:end]
                quote = body.find(b'"', 6)
                user = users.get(body[quote:])
                packet = None
                if user is not None and body.startswith(_BEFORE):
                    packet = _payload(body[6:quote], user)
                if packet is None:
                    packet = self._read(data[at:end], body)
                if packet is not None:
                    packets.append(packet)
            at = end
        self._rest = rest = data[at:]
        if rest and framing.hopeless(rest):
            self._skip(rest)
        return packets

    def _skip(self, frame: bytes) -> None:
        """One whole frame of another type, or the beginning of what is none."""
        self._general.receive(frame)
        if isinstance(self._general.nextMessage(), Ping):
            self.pings += 1

    def _read(self, frame: bytes, body: bytes) -> Packet | None:
        """The general way."""
        self._general.receive(frame)
        message = self._general.nextMessage()
        if not isinstance(message, UDPPacket) or message.r is None or not message.r.IP:
            return None
        found = message.r
        user = (f"{found.IP}%{found.Zone}" if found.Zone else found.IP, found.Port)
        behind = body[body.find(b'"', 6) :]
        if message.c and behind == _behind(user):
            if len(self._users) >= _MEMORY:
                self._users.clear()
            self._users[behind] = user
        return message.c, user


def _payload(text: bytes, user: User) -> Packet | None:
    if len(text) % 4 == 0:
        try:
            return a2b_base64(text, strict_mode=True), user
        except Base64Error:
            pass
    return None
