"""
What stands behind a tunnel in these tests, and what comes to its front: plain sockets and threads, nothing of ours.
"""

from __future__ import annotations

import hashlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from frp.test.interop.programs import PATIENCE

__all__ = [
    "DatagramService",
    "Service",
    "answering",
    "ask",
    "echo",
    "exchange",
    "exchangeOver",
    "received",
    "requests",
    "sayName",
]

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


class DatagramService:
    """
    Answers datagrams with what they hold.

    @ivar port: where.
    """

    _END = b"the end"

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._answering = threading.Thread(target=self._answer, daemon=True)
        self._answering.start()

    def _answer(self) -> None:
        with self._socket:
            while True:
                data, user = self._socket.recvfrom(65536)
                if data == self._END:
                    return
                self._socket.sendto(data, user)

    def close(self) -> None:
        """Answer no more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(self._END, ("127.0.0.1", self.port))
        self._answering.join(PATIENCE)


def echo(connection: socket.socket) -> None:
    """Say back what it hears."""
    while data := connection.recv(1 << 16):
        connection.sendall(data)


def sayName(name: bytes) -> Answer:
    """@return: what says a name and hangs up."""
    return lambda connection: connection.sendall(name)


def requests(connection: socket.socket) -> Iterator[tuple[list[bytes], bytes]]:
    """@return: the lines of the head and the body of each request of HTTP, until the user leaves."""
    reading = connection.makefile("rb")
    while line := reading.readline():
        head = [line]
        while (line := reading.readline()) not in (b"\r\n", b""):
            head.append(line)
        lengths = [int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length:")]
        yield head, reading.read(lengths[0]) if lengths else b""


def answering(say: Callable[[bytes, bytes], bytes]) -> Answer:
    """
    @param say: is given the path and the body of a request, and returns what is answered.
    @return: a web server whose connections stay.
    """

    def answer(connection: socket.socket) -> None:
        for head, body in requests(connection):
            said = say(head[0].split(b" ")[1], body)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said)

    return answer


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
    """L{exchangeOver} a connection of its own."""
    with socket.create_connection((host, port), PATIENCE) as connection:
        return exchangeOver(connection, size)


def exchangeOver(connection: socket.socket, size: int) -> tuple[str, str]:
    """
    Send so many bytes to an echo, while what comes back is read. Half of them can be compressed, and no two sizes have
    the same ones.

    @return: the checksums of what was sent and of what came back.
    """
    source = random.Random(size)
    data = b"".join(source.randbytes(1 << 15) + bytes(1 << 15) for _ in range(size // (1 << 16) + 1))[:size]
    back = hashlib.sha256()
    sending = threading.Thread(target=connection.sendall, args=(data,), daemon=True)
    sending.start()
    while size and (piece := connection.recv(min(size, 1 << 16))):
        back.update(piece)
        size -= len(piece)
    sending.join(PATIENCE)
    return hashlib.sha256(data).hexdigest(), back.hexdigest()
