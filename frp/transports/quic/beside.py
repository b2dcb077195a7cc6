"""
Datagrams beside streams (RFC 9221): each begins with the number of its stream. They are paced and counted as all else
that is sent, and never sent again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

__all__ = ["FRAME", "LARGEST_FRAME", "Beside", "Carrying", "Leaving"]

#: Bytes of a frame of ours around the number and what follows: the type, and a length of two bytes.
FRAME = 3

#: Bytes of a frame that we take, its type included: what fits into the largest packet.
LARGEST_FRAME = 16 * 1024

#: What waits for one stream is as much as a socket of the system holds. More would not come sooner.
QUEUE = 256 * 1024

#: What one of them costs besides its bytes: a peer may send empty ones.
COST = 64


class Carrying(Protocol):
    """
    What an engine has for this.

    @ivar leaving: datagrams that wait for room in a packet.
    @ivar datagramSize: bytes of the longest one, its stream's number included; not positive where the peer takes none.
    """

    leaving: Leaving

    @property
    def datagramSize(self) -> int: ...


class Beside:
    """A base of a flow: the datagrams beside it."""

    __slots__ = ()

    head: bytes
    _engine: Carrying

    @property
    def datagramSize(self) -> int:
        return max(0, self._engine.datagramSize - len(self.head))

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        return self._engine.leaving.put(self, datagrams)


class _Queue:
    __slots__ = ("datagrams", "size")

    def __init__(self) -> None:
        self.datagrams: deque[bytes] = deque()
        self.size = 0


class Leaving:
    """What waits for room in a packet. Streams take turns, a packet each."""

    __slots__ = ("_queues",)

    def __init__(self) -> None:
        self._queues: dict[Beside, _Queue] = {}

    def __bool__(self) -> bool:
        """Whether there is something."""
        return bool(self._queues)

    def put(self, flow: Beside, datagrams: Sequence[bytes]) -> int:
        """@return: how many of them, the first ones, there was room for."""
        queue = self._queues.get(flow)
        if queue is None:
            queue = self._queues[flow] = _Queue()
        taken = 0
        for datagram in datagrams:
            if queue.size >= QUEUE:
                break
            queue.datagrams.append(datagram)
            queue.size += COST + len(datagram)
            taken += 1
        return taken

    def drop(self, flow: Beside) -> None:
        """The stream is no more."""
        self._queues.pop(flow, None)

    def clear(self) -> None:
        self._queues.clear()

    def fill(self, parts: list[bytes | memoryview], left: int, room: int) -> int:
        """
        Put into a packet what fits.

        @param left: bytes that are free in it; C{room} are in an empty one. What does not even fit there is lost: the
            way has carried more before.
        @return: bytes that are left.
        """
        queues = self._queues
        while queues:
            flow, queue = next(iter(queues.items()))
            waiting, head = queue.datagrams, flow.head
            while waiting:
                size = len(head) + len(waiting[0])
                if size + FRAME > left and size + FRAME <= room:
                    del queues[flow]
                    queues[flow] = queue
                    return left
                datagram = waiting.popleft()
                queue.size -= COST + len(datagram)
                if size + FRAME <= left:
                    parts += (b"\x31" + (size | 0x4000).to_bytes(2, "big") + head, datagram)
                    left -= size + FRAME
            del queues[flow]
        return left
