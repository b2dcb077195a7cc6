"""
Ports that several processes of one user have at the same time: the system gives each connection, and the datagrams of
each sender, to one of them (C{SO_REUSEPORT}).
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import tcp, udp

from frp.sockets.anywhere import prober
from frp.sockets.datagram import UDPPort
from frp.sockets.eager import EagerPort, EagerReactor
from frp.sockets.passing import Accepted

__all__ = ["SharingReactor"]


class _TCPPort(EagerPort):
    transport = Accepted

    def createInternetSocket(self) -> socket.socket:
        return _shared(super().createInternetSocket())


class _UDPPort(UDPPort):
    def createInternetSocket(self) -> socket.socket:
        return _shared(super().createInternetSocket())


def _shared(made: socket.socket) -> socket.socket:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return made


class SharingReactor(EagerReactor):
    """
    A reactor whose ports others may have as well, if they open them like this.

    @ivar alone: nobody has its ports yet: what another program has is not taken, though the system would give it.
    """

    def __init__(self, reactor: Any, *, alone: bool) -> None:
        super().__init__(reactor)
        self.alone = alone

    def tcpPort(self, port: int, interface: str) -> type[tcp.Port]:
        return super().tcpPort(port, interface) if self._taken(socket.SOCK_STREAM, port, interface) else _TCPPort

    def udpPort(self, port: int, interface: str) -> type[udp.Port]:
        return super().udpPort(port, interface) if self._taken(socket.SOCK_DGRAM, port, interface) else _UDPPort

    def _taken(self, kind: int, port: int, interface: str) -> bool:
        return self.alone and port > 0 and prober(interface, kind)(port) is not None
