"""How much may be on the way at a time."""

from __future__ import annotations

from aioquic import tls
from aioquic.quic.packet import QuicPacketType
from aioquic.quic.packet_builder import QuicSentPacket
from twisted.trial.unittest import SynchronousTestCase

from frp.transports.quic.congestion import Cubic

SIZE = 1000


def packet(sent: float) -> QuicSentPacket:
    """One of C{SIZE} bytes."""
    made = QuicSentPacket(
        epoch=tls.Epoch.ONE_RTT,
        in_flight=True,
        is_ack_eliciting=True,
        is_crypto_packet=False,
        packet_number=0,
        packet_type=QuicPacketType.ONE_RTT,
    )
    made.sent_time, made.sent_bytes = sent, SIZE
    return made


class CubicTests(SynchronousTestCase):
    """The window, in packets."""

    def setUp(self) -> None:
        self.control = Cubic(max_datagram_size=SIZE)

    def window(self) -> float:
        return self.control.congestion_window / SIZE

    def turn(self, now: float, trip: float) -> None:
        """A whole window goes and is acknowledged."""
        for _ in range(self.control.congestion_window // SIZE):
            one = packet(now)
            self.control.on_packet_sent(packet=one)
            self.control.on_packet_acked(now=now + trip, packet=one)

    def lose(self, now: float, sent: float) -> None:
        one = packet(sent)
        self.control.on_packet_sent(packet=one)
        self.control.on_packets_lost(now=now, packets=[one])

    def near(self, found: float, wanted: float) -> None:
        """Within two packets."""
        self.assertTrue(abs(found - wanted) < 2, f"{found} is not {wanted}")

    def test_start(self) -> None:
        """Until the first loss the window doubles with each round trip."""
        windows = []
        for number in range(3):
            self.turn(number + 1.0, 0.05)
            windows.append(self.window())
        self.assertEqual(windows, [20, 40, 80])

    def test_loss(self) -> None:
        """A loss leaves seven tenths; another one of the same time changes nothing."""
        self.turn(1, 0.05)
        self.lose(2.0, 1.9)
        self.assertEqual(self.window(), 14)
        self.lose(2.1, 1.95)
        self.assertEqual(self.window(), 14)
        self.lose(3.0, 2.5)
        self.assertEqual(self.window(), 9.8)
        self.assertEqual(self.control.bytes_in_flight, 0)

    def test_least(self) -> None:
        """Two packets remain, whatever is lost."""
        for number in range(20):
            self.lose(number + 1.0, number + 0.9)
        self.assertEqual(self.window(), 2)

    def test_shortWay(self) -> None:
        """A short way: a packet more with each round trip."""
        self.turn(1, 0.01)
        self.lose(2.0, 1.9)
        windows = []
        for number in range(4):
            self.turn(2.1 + number * 0.01, 0.01)
            windows.append(self.window())
        self.assertEqual(windows, [15, 16, 17, 18])

    def test_longWay(self) -> None:
        """
        A long and fast way: after a loss at 1000 packets nearly there after eight seconds, where Reno would be at 780;
        level around nine; and then beyond it.
        """
        self.control.congestion_window = 1000 * SIZE
        self.lose(1.0, 0.9)
        self.assertEqual(self.window(), 700)
        reached = {}
        for number in range(140):
            now = 1.1 + number / 10
            self.turn(now, 0.1)
            reached[round(now + 0.1 - 1, 1)] = self.window()
        self.near(reached[8], 1000 - 0.4 * 1.086**3)
        self.near(reached[9.1], 1000)
        self.near(reached[14], 1000 + 0.4 * 4.914**3)

    def test_yields(self) -> None:
        """Who loses below the last level does not aim at that again."""
        self.control.congestion_window = 1000 * SIZE
        self.lose(1.0, 0.9)
        self.lose(2.0, 1.9)
        self.near(self.window(), 490)
        for number in range(31):
            self.turn(2.1 + number / 5, 0.2)
        self.near(self.window(), 700 * 0.85)

    def test_silence(self) -> None:
        """When nothing came through for long, it begins again."""
        self.control.congestion_window = 1000 * SIZE
        self.lose(1.0, 0.9)
        self.control.on_persistent_congestion()
        self.assertEqual(self.window(), 2)
        self.turn(2.0, 0.05)
        self.assertEqual(self.window(), 4)
