"""The router between the device and its links, with links that are full or slow."""

from __future__ import annotations

from frp.test.virtualnet.machines import HERE, THERE, MachinesTestCase
from frp.test.wire.ip.samples import packet
from frp.virtualnet.link import Link
from frp.virtualnet.part import VirtualNet


class RoomTests(MachinesTestCase):
    """What happens while a link takes nothing."""

    def setUp(self) -> None:
        super().setUp()
        self.network.server()
        self.routed: VirtualNet = self.net(self.machine(THERE))

    def link(self, number: int) -> _Recording:
        """@return: a link to 100.86.0.<number>."""
        link = self.routed.link(lambda _: None, bytes([100, 86, 0, number]))
        transport = _Recording()
        transport.link = link
        link.makeConnection(transport)
        return transport

    def leave(self, *numbers: int) -> None:
        """The machine sends a packet to each of these addresses."""
        self.send(THERE, *[packet(THERE, f"100.86.0.{number}") for number in numbers])

    def test_oneWrite(self) -> None:
        """The packets of a turn leave in one write."""
        two, three = self.link(2), self.link(3)
        self.leave(2, 3, 2, 2)
        self.assertEqual([len(data) for data in two.written], [3 * 24])
        self.assertEqual([len(data) for data in three.written], [24])

    def test_lonely(self) -> None:
        """While the only link is full the device is not read, and nothing is lost."""
        two = self.link(2)
        two.link.pauseProducing()
        self.leave(2)
        self.assertEqual(two.written, [])
        two.link.resumeProducing()
        self.read()
        self.assertEqual(len(two.written), 1)

    def test_fullBesideOthers(self) -> None:
        """A link that is full does not hold up others: its packets are dropped, and counted."""
        two, three = self.link(2), self.link(3)
        two.link.pauseProducing()
        self.leave(2, 3)
        self.assertEqual((len(two.written), len(three.written)), (0, 1))
        self.assertEqual(self.logged("1 datagrams dropped: the connection that they should take is full"), 1)
        three.link.pauseProducing()
        self.leave(3)
        two.link.connectionLost()
        self.assertEqual((len(two.written), len(three.written)), (0, 1))
        three.link.connectionLost()
        self.assertEqual(len(self.network.reactor.readers), 1, "nobody takes anything, and nobody is held up for it")

    def test_deviceGone(self) -> None:
        """When the system takes the device away there is one word, and the client lives on."""
        two = self.link(2)
        self.systems[THERE].close()
        (device,) = self.network.reactor.readers
        device.connectionLost(_Gone())
        two.link.dataReceived(b"\x14\0\0\0" + packet(HERE, THERE))
        two.link.pauseProducing()
        two.link.resumeProducing()
        self.assertEqual(self.logged("the TUN device is gone"), 1)
        self.assertEqual(self.network.reactor.readers, set())


class _Gone:
    def getErrorMessage(self) -> str:
        """Why."""
        return "File descriptor in bad state"


class _Recording:
    """A transport that notes what is written."""

    link: Link

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Note it."""
        self.written.append(data)

    def registerProducer(self, producer: object, streaming: bool) -> None:
        """There is always room."""

    def unregisterProducer(self) -> None:
        """The link lets go."""

    def loseConnection(self) -> None:
        """That is all."""
