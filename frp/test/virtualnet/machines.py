"""Machines with a virtual network in one memory: what stands for their TUN device is a pair of sockets."""

from __future__ import annotations

import socket
from typing import Any

from frp.client.service import FRPClient
from frp.test.wire.ip.samples import packet
from frp.testing.cases import NetworkTestCase
from frp.virtualnet import part
from frp.virtualnet.part import VirtualNet
from frp.virtualnet.rtnetlink import Interface

__all__ = ["HERE", "THERE", "MachinesTestCase"]

#: The visitor's address, and that of the client with the proxy.
HERE, THERE = "100.86.0.2", "100.86.0.1"


class MachinesTestCase(NetworkTestCase):
    """
    One machine publishes itself as C{p}, others visit it.

    @ivar systems: the system's side of each device, by the address.
    """

    def setUp(self) -> None:
        super().setUp()
        self.systems: dict[str, socket.socket] = {}
        self.patch(part, "openTUN", self._opened)

    def _opened(self, interface: Interface) -> tuple[int, str]:
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (mine, theirs):
            end.setblocking(False)
        self.addCleanup(theirs.close)
        self.systems[str(interface.ip)] = theirs
        return mine.detach(), "utun0"

    def machine(self, address: str, **settings: Any) -> FRPClient:
        """A client in the network."""
        return self.network.client(
            featureGates={"VirtualNet": True}, virtualNet={"address": f"{address}/24"}, **settings
        )

    def publisher(self) -> FRPClient:
        """The client with the proxy."""
        table = {"name": "p", "type": "stcp", "secretKey": "a secret", "plugin": {"type": "virtual_net"}}
        return self.machine(THERE, proxies=[table])

    def visiting(self, name: str = "v", destination: str = THERE, whom: str = "p") -> dict[str, Any]:
        """@return: the table of a visitor."""
        plugin = {"type": "virtual_net", "destinationIP": destination}
        whom_ = {"serverName": whom, "secretKey": "a secret", "bindPort": -1}
        return {"name": name, "type": "stcp", **whom_, "plugin": plugin}

    def visitor(self, address: str = HERE) -> FRPClient:
        """A client that visits it."""
        return self.machine(address, visitors=[self.visiting()])

    def both(self) -> tuple[FRPClient, FRPClient]:
        """Start everything. @return: the client with the proxy, and that of the visitor."""
        self.network.server()
        return self.publisher(), self.visitor()

    def net(self, client: FRPClient) -> VirtualNet:
        """Its part."""
        assert client.prepared is not None
        found = client.prepared.parts.find("virtualNet")
        assert isinstance(found, VirtualNet)
        return found

    # Packets

    def send(self, address: str, *packets: bytes) -> None:
        """The system of this machine sends packets, and everybody does what follows from it."""
        for one in packets:
            self.systems[address].send(one)
        self.read()

    def read(self) -> None:
        """Whoever wants to reads its device."""
        for reader in list(self.network.reactor.readers):
            reader.doRead()
        self.network.advance(0.1)

    def came(self, address: str) -> list[bytes]:
        """@return: the packets that the system of this machine has been handed."""
        found = []
        while True:
            try:
                found.append(self.systems[address].recv(1 << 16))
            except BlockingIOError:
                return found

    def meet(self) -> None:
        """A packet goes each way, or the test fails. The visitor speaks first."""
        there, back = packet(HERE, THERE, b"question"), packet(THERE, HERE, b"answer")
        self.send(HERE, there)
        self.assertEqual(self.came(THERE), [there])
        self.send(THERE, back)
        self.assertEqual(self.came(HERE), [back])
