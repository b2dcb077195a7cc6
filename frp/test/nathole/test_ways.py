"""Holes by IPv6, where both ends have it; and through what loses datagrams."""

from __future__ import annotations

from frp.test.nathole.meeting import MeetingTestCase
from frp.testing.natlab import CONE, PORT_CONE, RANDOM, Firewall, NATLab

_MIB = 1 << 20


class _Ways(MeetingTestCase):
    protocol = "kcp"

    def setUp(self) -> None:
        super().setUp()
        self.network.server()

    def met(self) -> str:
        """@return: the line that says where the visitor has found the proxy's client."""
        user = self.asked()
        self.assertEqual(user.received, b"hello" * 100)
        user.close()
        self.end()
        return next(line for line in self.log if "[v] establishing nat hole connection successful" in line)


class IPv6Tests(_Ways):
    """Global addresses of IPv6."""

    def both(self, offers: Firewall, visits: Firewall) -> None:
        """Start both, behind NATs of IPv4 that do not meet, with IPv6 besides."""
        self.offer(RANDOM, net6=offers)
        self.visit(RANDOM, net6=visits, protocol=self.protocol)

    def test_firewalls(self) -> None:
        """Firewalls on both sides let in who was spoken to, and both speak; NATs of IPv4 do not matter."""
        here, there = self.lab.firewall(), self.lab.firewall()
        self.both(here, there)
        self.assertIn("remoteAddr [[2001:db8::1]:", self.met())
        self.assertGreater(here.dropped + there.dropped, 0)

    def test_first(self) -> None:
        """It is taken where both would do."""
        self.offer(CONE, net6=self.lab.firewall())
        self.visit(PORT_CONE, net6=self.lab.firewall(), protocol=self.protocol)
        self.assertIn("remoteAddr [[2001:db8::1]:", self.met())

    def test_nothingPasses(self) -> None:
        """Where nothing comes through by IPv6, IPv4 does it."""
        self.offer(CONE, net6=_Hole(self.lab))
        self.visit(PORT_CONE, net6=self.lab.firewall(), protocol=self.protocol)
        self.assertIn("remoteAddr [198.51.100.", self.met())

    def test_oneWay(self) -> None:
        """Nor does it do that something comes through, but no answer: whichever of the two has such a network."""
        self.offer(CONE, net6=_Wall(self.lab))
        self.visit(PORT_CONE, net6=self.lab.firewall(), protocol=self.protocol)
        self.assertIn("remoteAddr [198.51.100.", self.met())

    def test_otherWay(self) -> None:
        """The same for the visitor."""
        self.offer(CONE, net6=self.lab.firewall())
        self.visit(PORT_CONE, net6=_Wall(self.lab), protocol=self.protocol)
        self.assertIn("remoteAddr [198.51.100.", self.met())

    def test_oneOfThem(self) -> None:
        """Whoever has it alone goes by IPv4, as before."""
        self.offer(CONE)
        self.visit(PORT_CONE, net6=self.lab.firewall(), protocol=self.protocol)
        self.assertIn("remoteAddr [198.51.100.", self.met())

    def test_notTold(self) -> None:
        """Whoever keeps his own addresses to himself is not reached by them."""
        self.offer(CONE, net6=self.lab.firewall(), natTraversal={"disableAssistedAddrs": True})
        self.visit(PORT_CONE, net6=self.lab.firewall(), protocol=self.protocol)
        self.assertIn("remoteAddr [198.51.100.", self.met())
        self.assertEqual(self.logged("[p] nathole prepare success, nat type: EasyNAT"), 1)
        self.assertEqual(self.logged("assistedAddresses: []"), 1)


class QUICIPv6Tests(IPv6Tests):
    """The same over QUIC."""

    protocol = "quic"


class LossTests(_Ways):
    """A network that loses every tenth datagram, and lets some overtake others."""

    def test_carries(self) -> None:
        """A hole is made, and a mebibyte goes both ways."""
        self.lab.loss, self.lab.jitter = 0.1, 0.01
        self.offer(CONE)
        self.visit(PORT_CONE, protocol=self.protocol)
        said = bytes(range(256)) * (_MIB // 256)
        user = self.asked(15, said)
        for _ in range(24):
            if len(user.received) == _MIB:
                break
            self.network.advance(5)
        self.assertEqual(self.logged("report make hole success: true") > 0, True)
        self.assertTrue(user.received == said, f"{len(user.received)} bytes came back")
        self.assertGreater(self.lab.lost, 50)
        user.close()
        self.lab.loss = 0
        self.end()


class QUICLossTests(LossTests):
    """The same over QUIC, with losses by which a timer of aioquic came due without end, for a rounding error."""

    protocol = "quic"

    def setUp(self) -> None:
        super().setUp()
        self.lab = NATLab(self.network.reactor, seed=2)


class _Wall(Firewall):
    """Lets nobody in, whoever was spoken to."""

    def receive(self, packet: object) -> None:
        self.dropped += 1


class _Hole(_Wall):
    """What goes out is never seen again, either."""

    carry = _Wall.receive
