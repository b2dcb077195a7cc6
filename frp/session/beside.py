"""
Packets of users as datagrams beside the stream that they belong to, where its carrier has such: one that is lost holds
up no other.

Nothing is agreed on at the login. Who takes datagrams beside a stream says so by an empty one, and says it again for as
long as packets come over the stream that could have come beside it; who has heard one sends so what fits. So none is
sent before whoever stands at the other end of the way is there, and who knows nothing of all this is sent nothing but a
few empty ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from frp.wire.beside import HEAD, BodyReader, BodyWriter
from frp.wire.dialect import Packet

__all__ = ["Beside"]

_HELLO = (b"",)


class Beside:
    """
    What one end says beside one stream.

    @ivar heard: whether the other end takes datagrams.
    """

    __slots__ = ("_dropped", "_known", "_reader", "_send", "_size", "_writer", "heard")

    def __init__(
        self, size: Callable[[], int], send: Callable[[Sequence[bytes]], int], dropped: Callable[[int], object]
    ) -> None:
        """
        @param size: says how many bytes a datagram may have now; 0 where there are none.
        @param send: sends some, and says how many were taken.
        @param dropped: told how many were not.
        """
        self.heard = False
        self._known = False  # the other end has heard us
        self._size = size
        self._send = send
        self._dropped = dropped
        self._writer = BodyWriter()
        self._reader = BodyReader()

    def greet(self) -> None:
        """Say that we take datagrams."""
        if self._size():
            self._send(_HELLO)

    def cameOver(self, packets: Sequence[Packet]) -> None:
        """These came over the stream. Where one need not have, the other end may not have heard us: greet again."""
        if not self._known:
            most = self._size() - HEAD
            if any(len(data) <= most for data, _ in packets):
                self._send(_HELLO)

    def received(self, bodies: Sequence[bytes]) -> list[Packet]:
        """@return: what came beside the stream."""
        self.heard = True
        packets = self._reader.read(bodies)
        self._known = self._known or bool(packets)
        return packets

    def send(self, packets: Sequence[Packet]) -> Sequence[Packet]:
        """@return: those that have to go over the stream."""
        if not self.heard:
            return packets
        size, encode = self._size(), self._writer.encode
        bodies, rest = [], []
        for packet in packets:
            body = encode(*packet)
            if body is not None and len(body) <= size:
                bodies.append(body)
            else:
                rest.append(packet)
        if bodies:
            dropped = len(bodies) - self._send(bodies)
            if dropped:
                self._dropped(dropped)
        return rest
