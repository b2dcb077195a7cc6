"""
What a datagram beside a stream holds: a user's address, and what the user sent or shall get.

It is the same in every dialect. The reference has no such thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from struct import Struct

from frp.wire.dialect import Packet, User

__all__ = ["HEAD", "BodyReader", "BodyWriter"]

#: Bytes in front of what the user sent, at most.
HEAD = 19

#: The version of the user's address, and the port; the address follows, in 4 or 16 bytes.
_BEGINNING = Struct(">BH")

#: How long the head is, address included, by its first byte.
_SIZES = {4: 7, 6: HEAD}

#: How many users are remembered; then all are forgotten at once.
_MEMORY = 4096


def _head(user: User) -> bytes:
    host, port = user
    try:
        address = ip_address(host)
    except ValueError:
        return b""
    if getattr(address, "scope_id", None) is not None or not 0 <= port <= 0xFFFF:
        return b""
    return _BEGINNING.pack(address.version, port) + address.packed


class BodyWriter:
    """Packets in, datagrams out."""

    __slots__ = ("_heads",)

    def __init__(self) -> None:
        self._heads: dict[User, bytes] = {}

    def encode(self, data: bytes, user: User) -> bytes | None:
        """@return: None for a user who cannot be told so: one whose address has a zone, or is none."""
        head = self._heads.get(user)
        if head is None:
            if len(self._heads) >= _MEMORY:
                self._heads.clear()
            self._heads[user] = head = _head(user)
        return head + data if head else None


class BodyReader:
    """Datagrams in, packets out."""

    __slots__ = ("_users",)

    def __init__(self) -> None:
        self._users: dict[bytes, User] = {}

    def read(self, bodies: Iterable[bytes]) -> list[Packet]:
        """@return: without those that hold no packet."""
        users = self._users
        packets = []
        for body in bodies:
            size = _SIZES.get(body[0], 0) if body else 0
            if not size or len(body) < size:
                continue
            head = body[:size]
            user = users.get(head)
            if user is None:
                if len(users) >= _MEMORY:
                    users.clear()
                users[head] = user = (str(ip_address(head[3:])), int.from_bytes(head[1:3], "big"))
            packets.append((body[size:], user))
        return packets
