"""
What stands behind a tunnel in these tests, and what comes to its front: plain sockets and threads, nothing of ours.
"""

from __future__ import annotations

import hashlib
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from frp.test.interop.programs import PATIENCE

__all__ = ["Service", "ask", "echo", "exchange", "received", "sayName"]

Answer = Callable[[socket.socket], None]


class Service:
    """A TCP server with one thread for each connection."""

    def __init__(self, answer: Answer, port: int = 0) -> None:
        """@param answer: serves one connection; it is closed afterwards."""
        self._listening = socket.create_server(("127.0.0.1", port), backlog=128)
        self._answer = answer
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(PATIENCE)
            self._answer(connection)

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def echo(connection: socket.socket) -> None:
    """Say back what it hears."""
    while data := connection.recv(1 << 16):
        connection.sendall(data)


def sayName(name: bytes) -> Answer:
    """@return: what says a name and hangs up."""
    return lambda connection: connection.sendall(name)


def received(connection: socket.socket) -> bytes:
    """All until the end."""
    pieces = []
    while data := connection.recv(1 << 16):
        pieces.append(data)
    return b"".join(pieces)


def ask(port: int, host: str = "127.0.0.1") -> bytes:
    """What a server says by itself, until it hangs up."""
    with socket.create_connection((host, port), PATIENCE) as connection:
        return received(connection)


def exchange(port: int, size: int, host: str = "127.0.0.1") -> tuple[str, str]:
    """
    Send so many bytes to an echo, while what comes back is read. Half of them can be compressed.

    @return: the checksums of what was sent and of what came back.
    """
    block = random.Random(size).randbytes(1 << 15) + bytes(1 << 15)
    data = (block * (size // len(block) + 1))[:size]
    back = hashlib.sha256()
    with socket.create_connection((host, port), PATIENCE) as connection:
        sending = threading.Thread(target=connection.sendall, args=(data,), daemon=True)
        sending.start()
        left = size
        while left:
            piece = connection.recv(1 << 16)
            if not piece:
                break
            back.update(piece)
            left -= len(piece)
        sending.join(PATIENCE)
    return hashlib.sha256(data).hexdigest(), back.hexdigest()
