"""A STUN server with two hosts and two ports, which answers from whichever of the four it is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.protocol import DatagramProtocol

from frp.errors import RemoteWireError
from frp.wire.address import authority
from frp.wire.stun import CHANGE_ADDRESS, CHANGE_PORT, Binding, decodeQuestion, encodeAnswer

__all__ = ["StunServer"]

Address = tuple[str, int]


class StunServer:
    """
    Serves memory and real sockets alike.

    @ivar address: where it is asked, as C{natHoleStunServer} has it.
    @ivar asked: how many questions it was asked.
    """

    def __init__(self, reactors: Mapping[str, Any], ports: tuple[int, int] = (3478, 3479)) -> None:
        """
        @param reactors: its two hosts, and what listens there; the first is asked first.
        """
        first, second = reactors
        self.address = authority(first, ports[0])
        self.asked = 0
        self._hosts = {first: second, second: first}
        self._ports = {ports[0]: ports[1], ports[1]: ports[0]}
        self._doors: dict[Address, _Door] = {}
        for host, reactor in reactors.items():
            for port in ports:
                door = self._doors[host, port] = _Door(self, (host, port))
                reactor.listenUDP(port, door, host)

    def answer(self, datagram: bytes, user: Address, place: Address) -> None:
        """Somebody says something at one of its addresses."""
        try:
            question = decodeQuestion(datagram)
        except RemoteWireError:
            return
        self.asked += 1
        host, port = place
        other = self._hosts[host], self._ports[port]
        door = self._doors[
            other[0] if question.change & CHANGE_ADDRESS else host,
            other[1] if question.change & CHANGE_PORT else port,
        ]
        door.transport.write(encodeAnswer(question.number, Binding(user, other)), user)

    def close(self) -> Deferred[Any]:
        """Answer nobody any more."""
        return DeferredList([maybeDeferred(door.transport.stopListening) for door in self._doors.values()])


class _Door(DatagramProtocol):
    noisy = False
    transport: Any

    def __init__(self, server: StunServer, place: Address) -> None:
        self._server = server
        self._place = place

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self._server.answer(datagram, addr[:2], self._place)
