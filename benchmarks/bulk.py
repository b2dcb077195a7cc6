"""
Moving as many bytes as will go, at the least cost to the programs that carry them.

Sender and receiver share a few cores with frps and frpc, so they touch the bytes as little as the kernel allows: the
sender hands over pages of a file in memory (C{sendfile}), the receiver throws away what came without copying it
(C{MSG_TRUNC}).
"""

from __future__ import annotations

import ctypes
import os
import random
import select
import socket
import struct
from collections.abc import Callable, Iterable
from multiprocessing.sharedctypes import RawArray

__all__ = ["Content", "Pump", "Tally", "pumpFrom", "randomBytes", "textBytes"]

_CHUNK = 1 << 20
_SIZE = 8 << 20


class Tally:
    """Counters that forks of the bench share with it; each has one writer at a time."""

    def __init__(self) -> None:
        self._cells: ctypes.Array[ctypes.c_uint64] = RawArray(ctypes.c_uint64, 2)

    @property
    def sunk(self) -> int:
        """Bytes received so far."""
        return int(self._cells[0])

    @property
    def open(self) -> int:
        """Connections open now."""
        return int(self._cells[1])

    def addSunk(self, count: int) -> None:
        self._cells[0] += count

    def setOpen(self, count: int) -> None:
        self._cells[1] = count


class Content:
    """What a source sends, over and over: a file in memory, shared by all forks."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.descriptor = os.memfd_create("benchmark")
        os.write(self.descriptor, data)


def randomBytes(size: int = _SIZE) -> bytes:
    """Data that no compression makes smaller; the same in every run."""
    return random.Random(1).randbytes(size)


def textBytes(size: int = _SIZE) -> bytes:
    """Lines as of a web server's log: data that compression makes about four times smaller; the same in every run."""
    chance = random.Random(2)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 10))) for _ in range(2000)]
    lines: list[str] = []
    length = 0
    while length < size:
        path = "/".join(chance.choices(words, k=3))
        lines.append(
            f'10.0.{chance.randrange(256)}.{chance.randrange(256)} - - "GET /{path} HTTP/1.1" '
            f'200 {chance.randrange(100000)} "Mozilla/5.0 (X11; Linux x86_64)"\n'
        )
        length += len(lines[-1])
    return "".join(lines).encode()[:size]


#: Linger no time at all: whatever waits is thrown away.
_RESET = struct.pack("ii", 1, 0)


class Pump:
    """
    Any number of connections in one loop, each a source or a sink until its peer closes it.

    @ivar tally: where received bytes and open connections are counted.
    """

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._poll = select.epoll()
        self._listeners: dict[int, tuple[socket.socket, Content | None]] = {}
        self._connections: dict[int, tuple[socket.socket, Content | None]] = {}
        self._sent: dict[int, int] = {}
        self._waste = bytearray(_CHUNK)

    def listen(self, listener: socket.socket, content: Content | None) -> None:
        """Send C{content} to whoever connects; or, if it is C{None}, receive."""
        listener.setblocking(False)
        self._listeners[listener.fileno()] = (listener, content)
        self._poll.register(listener, select.EPOLLIN)

    def add(self, connection: socket.socket, content: Content | None) -> None:
        """The same for a connection that stands."""
        connection.setblocking(False)
        number = connection.fileno()
        self._connections[number] = (connection, content)
        self._sent[number] = 0
        self._poll.register(connection, select.EPOLLIN if content is None else select.EPOLLOUT | select.EPOLLRDHUP)
        self.tally.setOpen(len(self._connections))

    def run(self) -> None:
        """Go on until killed."""
        while True:
            for number, events in self._poll.poll():
                if number in self._listeners:
                    listener, content = self._listeners[number]
                    self.add(listener.accept()[0], content)
                    continue
                connection, content = self._connections[number]
                try:
                    if not (self._receive(connection) if content is None else self._send(number, events, content)):
                        self._drop(number)
                except BlockingIOError:
                    continue
                except OSError:
                    self._drop(number)

    def _receive(self, connection: socket.socket) -> int:
        count = connection.recv_into(self._waste, _CHUNK, socket.MSG_TRUNC)
        self.tally.addSunk(count)
        return count

    def _send(self, number: int, events: int, content: Content) -> int:
        if events & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
            return 0
        count = os.sendfile(number, content.descriptor, self._sent[number], _CHUNK)
        self._sent[number] = (self._sent[number] + count) % content.size
        return count

    def _drop(self, number: int) -> None:
        connection, _ = self._connections.pop(number)
        self._poll.unregister(number)
        connection.close()
        self.tally.setOpen(len(self._connections))


def pumpFrom(connect: Iterable[Callable[[], socket.socket]], content: Content | None, tally: Tally) -> None:
    """
    The user's end: connect once in each of the ways, and send or receive until killed. That resets the connections, so
    that nobody waits for what is on the way, which may be much.
    """
    pump = Pump(tally)
    for one in connect:
        connection = one()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        pump.add(connection, content)
    pump.run()
