"""
Datagrams in version 1 of the framing: L{UDPPacket<frp.wire.messages.UDPPacket>} messages, many at a time.

The messages are those of L{frp.wire.frames}, byte by byte. But of the datagrams of one user only the payload differs,
and what stands behind it is remembered; with that a datagram costs a tenth of what the general way takes. Whatever
looks otherwise goes the general way.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from struct import Struct

from frp.wire.dialect import Packet, User
from frp.wire.frames import LIMIT, FrameReader, encode
from frp.wire.messages import V1_TYPES, UDPAddress, UDPPacket

__all__ = ["PacketReader", "PacketWriter"]

_HEADER = Struct(">cq")
_SIZE = _HEADER.size
_TYPE = UDPPacket.v1Type
_BEFORE = b'{"c":"'

#: How many users are remembered; then all are forgotten at once.
_MEMORY = 4096


def _message(data: bytes, user: User) -> UDPPacket:
    host, _, zone = user[0].partition("%")
    return UDPPacket(c=data, r=UDPAddress(IP=host, Port=user[1], Zone=zone))


def _behind(user: User) -> bytes:
    """What stands behind the payload of this user's packets."""
    empty = encode(_message(b"", user))[_SIZE:]
    return b'",' + empty[1:]


class PacketWriter:
    """A L{PacketWriter<frp.wire.dialect.PacketWriter>}."""

    def __init__(self) -> None:
        self._behind: dict[User, bytes] = {}

    def encode(self, data: bytes, user: User) -> bytes:
        """A datagram of more than about 7,500 bytes is longer than the peer takes."""
        behind = self._behind.get(user)
        if behind is None:
            behind = _behind(user)
            if len(self._behind) >= _MEMORY:
                self._behind.clear()
            self._behind[user] = behind
        if data:
            body = _BEFORE + b2a_base64(data, newline=False) + behind
            if len(body) <= LIMIT:
                return _HEADER.pack(_TYPE, len(body)) + body
        return encode(_message(data, user))


class PacketReader:
    """
    A L{PacketReader<frp.wire.dialect.PacketReader>}. It skips messages of other types, and packets without a user.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._users: dict[bytes, User] = {}
        self._general = FrameReader()

    def receive(self, data: bytes) -> list[Packet]:
        if self._rest:
            data = self._rest + data
        packets: list[Packet] = []
        users = self._users
        at, size = 0, len(data)
        while size - at >= _SIZE:
            kind, length = _HEADER.unpack_from(data, at)
            end = at + _SIZE + length
            if kind != _TYPE or not 0 <= length <= LIMIT:
                if kind[0] in V1_TYPES and 0 <= length <= LIMIT and size < end:
                    break
                self._skip(data[at : min(end, size)] if length > 0 else data[at : at + _SIZE])
            elif size < end:
                break
            else:
                body = data[at + _SIZE : end]
                quote = body.find(b'"', 6)
                user = users.get(body[quote:])
                packet = None
                if user is not None and body.startswith(_BEFORE):
                    packet = _payload(body[6:quote], user)
                if packet is None:
                    packet = self._read(body)
                if packet is not None:
                    packets.append(packet)
            at = end
        self._rest = rest = data[at:]
        if rest and rest[0] not in V1_TYPES:
            self._skip(rest)
        return packets

    def _skip(self, frame: bytes) -> None:
        """One whole frame of another type, or what is none."""
        self._general.receive(frame)
        self._general.nextMessage()

    def _read(self, body: bytes) -> Packet | None:
        """The general way."""
        self._general.receive(_HEADER.pack(_TYPE, len(body)) + body)
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
