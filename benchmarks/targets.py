"""What measurements are taken on: what a tunnel is for its user, and a service without one."""

from __future__ import annotations

import math
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Direct", "Target", "connected"]


class Target(Protocol):
    """What a measurement is taken on: a tunnel, or the bare service for comparison."""

    def port(self, name: str) -> int:
        """Where the user connects."""

    def connect(self, name: str) -> socket.socket:
        """A user's new connection, greeted."""

    def cpu(self) -> float:
        """CPU seconds that what lies between user and service has used so far; not a number if nothing does."""


@dataclass(frozen=True)
class Direct:
    """
    No tunnel: the ceiling.

    @ivar services: which service is behind each proxy.
    """

    services: Mapping[str, str]
    ports: Mapping[str, int]

    def port(self, name: str) -> int:
        return self.ports[self.services[name]]

    def connect(self, name: str) -> socket.socket:
        return connected(self.port(name))

    def cpu(self) -> float:
        return math.nan


def connected(port: int, host: str = "127.0.0.1", patience: float = 20.0) -> socket.socket:
    """
    A new connection to a port of this machine.

    @param patience: seconds until it stands, and for each thing that is done with it.
    """
    made = socket.create_connection((host, port), patience)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
