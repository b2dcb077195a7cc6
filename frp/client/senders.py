"""
Which users the UDP sockets towards local services are for.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakValueDictionary

from twisted.internet.protocol import DatagramProtocol

from frp.wire.dialect import User as Address

__all__ = ["Senders"]


class Senders:
    """
    The sockets of users, by the numbers of their ports, for as long as they are open.
    """

    def __init__(self) -> None:
        self._protocols: WeakValueDictionary[int, DatagramProtocol] = WeakValueDictionary()
        self._users: WeakKeyDictionary[DatagramProtocol, Address] = WeakKeyDictionary()

    def add(self, port: int, protocol: DatagramProtocol, user: Address) -> None:
        """A socket is open."""
        self._protocols[port] = protocol
        self._users[protocol] = user

    def find(self, port: int) -> Address | None:
        """@return: whose the socket with this port is."""
        protocol = self._protocols.get(port)
        # Twisted takes the transport away when the socket is closed.
        if protocol is None or protocol.transport is None:
            return None
        return self._users[protocol]
