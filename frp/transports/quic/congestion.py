"""How many bytes may be on the way at a time."""

from __future__ import annotations

from collections.abc import Iterable
from math import cbrt

from aioquic.quic.congestion.base import K_MINIMUM_WINDOW, register_congestion_control
from aioquic.quic.congestion.reno import RenoCongestionControl
from aioquic.quic.packet_builder import QuicSentPacket

__all__ = ["ALGORITHM", "KEPT", "Cubic"]

#: What aioquic knows it by.
ALGORITHM = "frp"

#: The share of the window that a loss leaves: as in CUBIC, and in the reference's QUIC.
KEPT = 0.7

#: Packets by which the window grows in a second, one second from where it was level (RFC 9438, section 5).
_STEEP = 0.4


class Cubic(RenoCongestionControl):
    """
    CUBIC (RFC 9438): after a loss the window comes back to where that was fast, stays level there, and then leaves it.

    On short ways a packet for each round trip is faster than that, and both grow side by side: the larger one counts.
    aioquic's own CUBIC falls to a share of what is on the way, not of the window, and so is slower than Reno where one
    packet in a hundred is lost, at whatever rate.

    The window of CUBIC is looked at whenever a whole one was acknowledged, and not for each packet.
    """

    def __init__(self, *, max_datagram_size: int) -> None:
        super().__init__(max_datagram_size=max_datagram_size)
        self._level = 0.0  # what it comes back to,
        self._levelAt: float | None = None  # and when
        self._reno = 0

    def on_packet_acked(self, *, now: float, packet: QuicSentPacket) -> None:
        before = self.congestion_window
        super().on_packet_acked(now=now, packet=packet)
        if self.congestion_window > before and self.ssthresh is not None and before >= self.ssthresh:
            self.congestion_window = self._climbed(before, now)

    def _climbed(self, before: int, now: float) -> int:
        """@return: the window after a whole one was acknowledged."""
        size = self._max_datagram_size
        if self._levelAt is None:
            self._level, self._levelAt, self._reno = before, now, before
        self._reno += size
        cubic = int(self._level + _STEEP * (now - self._levelAt) ** 3 * size)
        return max(before, self._reno, min(cubic, before * 3 // 2))

    def on_packets_lost(self, *, now: float, packets: Iterable[QuicSentPacket]) -> None:
        last = 0.0
        for packet in packets:
            self.bytes_in_flight -= packet.sent_bytes
            last = packet.sent_time or 0.0
        if last <= self._congestion_recovery_start_time:
            return
        self._congestion_recovery_start_time = now
        window, size = self.congestion_window, self._max_datagram_size
        # Who lost it below the last level leaves room to others.
        self._level = window if window >= self._level else window * (1 + KEPT) / 2
        self.congestion_window = self.ssthresh = self._reno = max(int(window * KEPT), K_MINIMUM_WINDOW * size)
        self._levelAt = now + cbrt(max(0.0, self._level - self.congestion_window) / size / _STEEP)

    def on_persistent_congestion(self) -> None:
        super().on_persistent_congestion()
        self._level, self._levelAt = 0.0, None


register_congestion_control(ALGORITHM, Cubic)
