"""What a user says first on a new connection, to be where the measurement begins."""

from __future__ import annotations

import socket
from typing import NoReturn

__all__ = ["askForConnect", "askForFile", "askForSocks", "sayAByte"]


def askForFile(connection: socket.socket, _port: int) -> None:
    """Ask a web server for a file without end; what comes from then on is its content, after a head."""
    connection.sendall(b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


def askForConnect(connection: socket.socket, port: int) -> None:
    """
    Ask an HTTP proxy for a port of this machine.

    @raise ConnectionError: it refuses.
    """
    connection.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    said = b""
    while not said.endswith(b"\r\n\r\n"):
        said += connection.recv(1) or _refused(said)
    if b" 200 " not in said:
        _refused(said)


def askForSocks(connection: socket.socket, port: int) -> None:
    """
    The same of a SOCKS proxy.

    @raise ConnectionError: it refuses.
    """
    connection.sendall(b"\x05\x01\x00")
    chosen = connection.recv(2, socket.MSG_WAITALL)
    connection.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2, "big"))
    answer = connection.recv(10, socket.MSG_WAITALL)
    if chosen != b"\x05\x00" or answer[:2] != b"\x05\x00":
        _refused(chosen + answer)


def sayAByte(connection: socket.socket, _port: int) -> None:
    """Be heard of: a stream of QUIC is not, before something is said in it."""
    connection.sendall(b"k")


def _refused(said: bytes) -> NoReturn:
    raise ConnectionError(f"the proxy plugin refuses: {said!r}")
