"""
What a worker is told before all else, on the connection with its parent: who it is, and the configuration. It reads
none itself: a worker that comes later, because another has died, serves what the others serve, whatever the file says
by then.
"""

from __future__ import annotations

import pickle
import socket
from typing import TYPE_CHECKING

from frp.values import frozen

if TYPE_CHECKING:
    from frp.config.server import ServerConfig

__all__ = ["CONNECTION", "Assignment", "receive"]

#: The descriptor of that connection, in a worker.
CONNECTION = 3

_SIZE = 4


@frozen
class Assignment:
    """
    @ivar number: which worker it is, from 1.
    @ivar node: what it is called in the directory.
    @ivar alone: no other one has the ports yet: what another program has must not be shared.
    @ivar plugins: the files of plugins that were named.
    @ivar config: the configuration, pickled: what it is made of may be in those files.
    """

    number: int
    node: str
    alone: bool
    plugins: tuple[str, ...]
    config: bytes

    def sent(self) -> bytes:
        """@return: what L{receive} understands."""
        told = pickle.dumps(self)
        return len(told).to_bytes(_SIZE, "big") + told

    def configuration(self) -> ServerConfig:
        """@return: what the worker serves. The plugins must have been loaded."""
        config: ServerConfig = pickle.loads(self.config)
        return config


def receive(connection: socket.socket) -> Assignment:
    """
    Read the first that is said, and nothing behind it.

    @param connection: one that waits.
    @raise EOFError: the parent is gone.
    """
    assignment: Assignment = pickle.loads(_read(connection, int.from_bytes(_read(connection, _SIZE), "big")))
    return assignment


def _read(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError("the parent of this worker is gone")
        data += piece
    return bytes(data)
