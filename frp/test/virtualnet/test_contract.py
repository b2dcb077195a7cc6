"""Both plugins, as all are."""

from __future__ import annotations

from frp.test.virtualnet.machines import HERE, THERE, MachinesTestCase
from frp.test.wire.ip.samples import packet
from frp.testing.contracts import ClientPluginContract, VisitorPluginContract
from frp.wire.ip.framing import framed


class ClientPluginTests(ClientPluginContract, MachinesTestCase):
    """virtual_net of a proxy, with a user in the peer's place."""

    name = "virtual_net"
    settings = {"featureGates": {"VirtualNet": True}, "virtualNet": {"address": f"{THERE}/24"}}

    def use(self) -> None:
        """A packet each way."""
        there, back = packet(HERE, THERE, b"question"), packet(THERE, HERE, b"answer")
        peer = self.network.user(self.port)
        peer.send(framed([there]))
        self.network.advance(0.1)
        self.assertEqual(self.came(THERE), [there])
        self.send(THERE, back)
        self.assertEqual(peer.received, framed([back]))
        peer.close()
        self.network.advance(0.1)


class VisitorPluginTests(VisitorPluginContract, MachinesTestCase):
    """virtual_net, with a service in the peer's place."""

    name = "virtual_net"
    table = {"destinationIP": THERE}
    settings = {"featureGates": {"VirtualNet": True}, "virtualNet": {"address": f"{HERE}/24"}}

    def use(self) -> None:
        """A packet each way."""
        there, back = packet(HERE, THERE, b"question"), packet(THERE, HERE, b"answer")
        self.send(HERE, there)
        self.assertTrue(self.service.users[-1].received.endswith(framed([there])))
        self.service.users[-1].send(framed([back]))
        self.network.advance(0.1)
        self.assertEqual(self.came(HERE), [back])
