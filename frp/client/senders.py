"""The part C{senders}: which users the UDP sockets towards local services are for."""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakValueDictionary

from twisted.internet.protocol import DatagramProtocol
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite
from frp.wire.dialect import User as Address

__all__ = ["Senders", "SendersKind"]


@implementer(IClientPart)
class Senders:
    """The sockets of users, by the numbers of their ports, for as long as they are open."""

    def __init__(self) -> None:
        self._protocols: WeakValueDictionary[int, DatagramProtocol] = WeakValueDictionary()
        self._users: WeakKeyDictionary[DatagramProtocol, Address] = WeakKeyDictionary()

    def start(self) -> None:
        """Nobody has a socket yet."""

    def stop(self) -> None:
        """Whoever has opened a socket has closed it."""

    def add(self, port: int, protocol: DatagramProtocol, user: Address) -> None:
        self._protocols[port] = protocol
        self._users[protocol] = user

    def find(self, port: int) -> Address | None:
        """@return: whose the socket with this port is."""
        protocol = self._protocols.get(port)
        # Twisted takes the transport away when the socket is closed.
        if protocol is None or protocol.transport is None:
            return None
        return self._users[protocol]


@implementer(IClientPartKind)
class SendersKind:
    def part(self, config: ClientConfig, site: IClientPartSite) -> Senders:
        return Senders()
