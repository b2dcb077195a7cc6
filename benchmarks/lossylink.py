"""
A bad way for datagrams, in user space: it delays all, and drops some, by a seed.

C{python -m benchmarks.lossylink PORT TO DELAY LOSS [SEED]} listens on a port of loopback, and passes on what comes to
another one, each client by a socket of its own; what comes back takes as long. DELAY is in milliseconds, one way; LOSS
a share of one.
"""

from __future__ import annotations

import random
import select
import socket
import sys
import time
from collections import deque
from pathlib import Path

from benchmarks.processes import Program

__all__ = ["LossyLink", "lossy"]

#: Milliseconds one way, and the share that is lost, in the table.
_DELAY, _LOSS = 25, 0.01

_ROOM = 4 << 20
_SIZE = 2048

#: Bytes that fit into a packet of Ethernet.
_MOST = 1472


def lossy(folder: Path, port: int, to: int, environment: dict[str, str]) -> Program:
    """Start one as a child."""
    command = [sys.executable, "-m", "benchmarks.lossylink", str(port), str(to), str(_DELAY), str(_LOSS)]
    return Program(command, folder / "lossylink.log", environment)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
    return made


class LossyLink:
    """
    @ivar dropped: how many datagrams were lost here so far; @ivar passed: and how many were not.
    """

    def __init__(self, port: int, to: int, delay: float, loss: float, seed: int = 1) -> None:
        """
        @param port: to listen on, on loopback; @param to: where what comes is passed on to.
        @param delay: seconds, one way.
        @param loss: the share that is dropped, of both ways.
        """
        self.dropped = self.passed = 0
        self._chance = random.Random(seed)
        self._to = ("127.0.0.1", to)
        self._delay = delay
        self._loss = loss
        self._front = _socket()
        self._front.bind(("127.0.0.1", port))
        self._backs: dict[tuple[str, int], socket.socket] = {}
        self._clients: dict[socket.socket, tuple[str, int]] = {}
        # All take as long: the first that comes is the first that leaves.
        self._under: deque[tuple[float, socket.socket, bytes, tuple[str, int]]] = deque()
        self._poller = select.epoll()
        self._sockets = {self._front.fileno(): self._front}
        self._poller.register(self._front, select.EPOLLIN)

    def run(self) -> None:
        """Never ends."""
        while True:
            under = self._under
            wait = max(0.0, under[0][0] - time.monotonic()) if under else -1
            for number, _ in self._poller.poll(wait):
                self._read(self._sockets[number])
            now = time.monotonic()
            while under and under[0][0] <= now:
                _, leaving, datagram, address = under.popleft()
                try:
                    leaving.sendto(datagram, address)
                except OSError:
                    self.dropped += 1

    def _read(self, arriving: socket.socket) -> None:
        leaves = time.monotonic() + self._delay
        for _ in range(256):
            try:
                datagram, sender = arriving.recvfrom(_SIZE)
            except OSError:
                return
            if len(datagram) > _MOST or self._chance.random() < self._loss:
                self.dropped += 1
                continue
            self.passed += 1
            if arriving is self._front:
                back = self._backs.get(sender) or self._back(sender)
                self._under.append((leaves, back, datagram, self._to))
            else:
                self._under.append((leaves, self._front, datagram, self._clients[arriving]))

    def _back(self, client: tuple[str, int]) -> socket.socket:
        made = self._backs[client] = _socket()
        made.bind(("127.0.0.1", 0))
        self._clients[made] = client
        self._sockets[made.fileno()] = made
        self._poller.register(made, select.EPOLLIN)
        return made


if __name__ == "__main__":
    _port, _to, _delay, _loss, *_seed = sys.argv[1:]
    LossyLink(int(_port), int(_to), float(_delay) / 1000, float(_loss), int(_seed[0]) if _seed else 1).run()
