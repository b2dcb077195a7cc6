"""
The way out of packets with a short header, many at a time.

What streams have to say is written here: their bytes and ends, datagrams, credit, resets, and acknowledgements. All
else, and the handshake, is aioquic's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aioquic import tls
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import QuicPacketType
from aioquic.quic.packet_builder import QuicDeliveryState, QuicSentPacket
from aioquic.quic.recovery import QuicPacketSpace

from frp.transports.quic.acknowledging import ackFrame
from frp.transports.quic.beside import Leaving
from frp.transports.quic.flow import LOW, Flow
from frp.transports.quic.pacing import Pacing
from frp.transports.quic.probing import BASE
from frp.transports.quic.sealing import NUMBER, TAG, Packet, seal
from frp.transports.quic.varint import varint

__all__ = ["Writing"]

#: How many bytes of one stream follow each other while others wait.
TURN = 16 * 1024

#: How many packets are made before whoever else is ready has its turn.
MAX_PACKETS = 256

#: The longest head of a frame of a stream: its type, and three numbers.
_HEAD = 1 + 8 + 8 + 2

#: Keys are renewed before so many packets were sealed with them (RFC 9001, section 6.6).
MAX_SEALED = 1 << 22

_ACKED = QuicDeliveryState.ACKED

Handlers = list[tuple[Callable[..., None], Any]]


class _Sent:
    """What aioquic notes of a packet, for one of ours."""

    epoch = tls.Epoch.ONE_RTT
    packet_type = QuicPacketType.ONE_RTT
    is_crypto_packet = False

    __slots__ = ("delivery_handlers", "in_flight", "is_ack_eliciting", "packet_number", "sent_bytes", "sent_time")

    def __init__(self, number: int, now: float, size: int, eliciting: bool, handlers: Handlers) -> None:
        self.packet_number = number
        self.sent_time = now
        self.sent_bytes = size
        self.in_flight = self.is_ack_eliciting = eliciting
        self.delivery_handlers = handlers


class Writing(QuicConnection):
    """
    A base of the engine: what leaves.

    @ivar leaving: datagrams that wait.
    @ivar maxDataDue: the peer is to hear how much it may send on all streams; C{maxFlowsDue}: how many it may open.
    """

    unanswered: int
    receiveLimit: int

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._fresh: dict[Flow, None] = {}  # have something to send, and had no turn
        self._bulk: dict[Flow, None] = {}  # had one, and have more
        self._credits: dict[Flow, None] = {}
        self._resets: dict[Flow, None] = {}
        self._stops: dict[Flow, None] = {}
        self._held: dict[Flow, None] = {}  # wait for credit for all streams
        self._drained: list[Flow] = []
        self.leaving = Leaving()
        self.maxDataDue = self.maxFlowsDue = False
        self.pacing = Pacing()
        self.pacedUntil: float | None = None
        self._sealed = 0
        self.largeLost = 0  # datagrams, since the last one that has arrived

    def wants(self, flow: Flow) -> None:
        if flow not in self._bulk:
            self._fresh[flow] = None

    def credits(self, flow: Flow) -> None:
        self._credits[flow] = None

    def resets(self, flow: Flow) -> None:
        self._resets[flow] = None
        self.leaving.drop(flow)

    def stops(self, flow: Flow) -> None:
        self._stops[flow] = None

    def drop(self, flow: Flow) -> None:
        """A stream is no more."""
        for wanting in (self._fresh, self._bulk, self._credits, self._resets, self._stops, self._held):
            wanting.pop(flow, None)
        self.leaving.drop(flow)

    @property
    def waiting(self) -> bool:
        """Whether there is something that only waits for the window, the peer's credit, or its turn."""
        return bool(self._fresh or self._bulk or self.leaving)

    @property
    def around(self) -> int:
        """Bytes of a packet around its frames."""
        return 1 + len(self._peer_cid.cid) + NUMBER + TAG

    def writePackets(self, now: float) -> list[bytes]:
        """@return: datagrams for the peer's address."""
        crypto = self._cryptos[tls.Epoch.ONE_RTT].send
        if not self._handshake_complete or not crypto.is_valid():
            return []
        space = self._spaces[tls.Epoch.ONE_RTT]
        packets: list[Packet] = []
        name = self._peer_cid.cid
        headSize = self.around - TAG
        base = int.from_bytes(bytes((0x40 | crypto.key_phase << 2 | NUMBER - 1,)) + name + bytes(NUMBER), "big")
        room = self._max_datagram_size - self.around
        budget = self._budget(now)
        while len(packets) < MAX_PACKETS:
            parts: list[bytes | memoryview] = []
            handlers: Handlers = []
            left = room
            if (space.ack_at is not None and space.ack_at <= now) or (self.unanswered and budget > 0 and self.waiting):
                left = self._acknowledge(space, parts, handlers, left, now)
            eliciting = len(parts)
            if budget > 0:
                self._fill(parts, handlers, left, room)
            if not parts:
                break
            number = self._packet_number
            self._packet_number = number + 1
            payload = b"".join(parts)
            size = headSize + len(payload) + TAG
            wanted = len(parts) > eliciting
            packets.append((base | number & 0xFFFF, headSize, payload, number))
            self._note(space, _Sent(number, now, size, wanted, handlers))
            if wanted:
                budget -= size
        if not packets:
            return []
        return self._protected(packets, now)

    def _budget(self, now: float) -> int:
        """@return: bytes that may leave now, but for acknowledgements; the last packet may go beyond."""
        self.pacedUntil = None
        if not self.waiting and not (self._credits or self._resets or self._stops):
            return 1
        loss = self._loss
        window = loss.congestion_window
        free = window - loss.bytes_in_flight
        size, trip = self._max_datagram_size, loss._rtt_smoothed
        if free < size:
            return 0
        paced = self.pacing.allowed(now, window, trip, size)
        if paced < size:
            self.pacedUntil = now + self.pacing.again(window, trip, size)
            return 0
        return min(free, paced)

    def _protected(self, packets: list[Packet], now: float) -> list[bytes]:
        pair = self._cryptos[tls.Epoch.ONE_RTT]
        datagrams = seal(pair.send, packets)
        size = sum(map(len, datagrams))
        self.pacing.sent(size)
        self._network_paths[0].bytes_sent += size
        if not self._ack_eliciting_sent_since_receipt:
            self._close_at = now + self._idle_timeout()
            self._ack_eliciting_sent_since_receipt = True
        self._sealed += len(packets)
        if self._sealed > MAX_SEALED and self._handshake_confirmed:
            self._sealed = 0
            pair._update_key("local_update")
        if self.waiting and self._budget(now) > 0:
            self.pacedUntil = now
        return datagrams

    def writeProbe(self, size: int, gone: Callable[..., None], now: float) -> list[bytes]:
        """
        @param gone: hears whether it has arrived, and C{size}.
        @return: a datagram of this size, whose loss means nothing for the rate.
        """
        pair = self._cryptos[tls.Epoch.ONE_RTT]
        name, number = self._peer_cid.cid, self._packet_number
        self._packet_number = number + 1
        head = bytes((0x40 | pair.send.key_phase << 2 | NUMBER - 1,)) + name + (number & 0xFFFF).to_bytes(NUMBER, "big")
        payload = b"\x01" + bytes(size - len(head) - TAG - 1)
        packet = _Sent(number, now, size, True, [(gone, (size,))])
        packet.in_flight = False
        self._note(self._spaces[tls.Epoch.ONE_RTT], packet)
        return seal(pair.send, [(int.from_bytes(head, "big"), len(head), payload, number)])

    def _note(self, space: QuicPacketSpace, packet: Any) -> None:
        """As aioquic does for its own."""
        if not packet.is_ack_eliciting:
            return
        sent: dict[int, QuicSentPacket] = space.sent_packets
        sent[packet.packet_number] = packet
        space.ack_eliciting_in_flight += 1
        loss = self._loss
        if loss.handshake_confirmed:
            loss._time_of_last_sent_ack_eliciting_packet = packet.sent_time
        if packet.in_flight:
            loss._cc.on_packet_sent(packet=packet)

    # Frames

    def _acknowledge(
        self, space: QuicPacketSpace, parts: list[bytes | memoryview], handlers: Handlers, left: int, now: float
    ) -> int:
        """@return: how many bytes are left in the packet."""
        since = now - space.largest_received_time if space.largest_received_time is not None else 0
        frame = ackFrame(space.ack_queue, max(0, int(since * 1e6)) >> self._local_ack_delay_exponent)
        parts.append(frame)
        if len(space.ack_queue) > 1 and not self._packet_number % 8:
            parts.append(b"\x01")  # so that the peer says which of these it knows
        handlers.append((self._on_ack_delivery, (space, space.largest_received_packet)))
        space.ack_at = None
        self.unanswered = 0
        return left - len(frame) - 1

    def _control(self, parts: list[bytes | memoryview], handlers: Handlers, left: int) -> int:
        if self.maxDataDue:
            self.maxDataDue = False
            left = _put(parts, left, b"\x10" + varint(self.receiveLimit))
            handlers.append((self._maxDataGone, ()))
        if self.maxFlowsDue:
            self.maxFlowsDue = False
            limit = self._local_max_streams_bidi
            limit.sent = limit.value
            left = _put(parts, left, b"\x12" + varint(limit.value))
            handlers.append((self._maxFlowsGone, ()))
        while self._stops and left > 32:
            flow, _ = self._stops.popitem()
            if flow.receiving:
                left = _put(parts, left, b"\x05" + flow.head + b"\0")
                handlers.append((self._stopGone, (flow,)))
        while self._resets and left > 32:
            flow, _ = self._resets.popitem()
            left = _put(parts, left, b"\x04" + flow.head + varint(flow.code or 0) + varint(flow.sent))
            handlers.append((self._resetGone, (flow,)))
        while self._credits and left > 32:
            flow, _ = self._credits.popitem()
            if flow.receiving:
                left = _put(parts, left, b"\x11" + flow.head + varint(flow.receiveLimit))
                handlers.append((self._creditGone, (flow,)))
        return left

    def _maxDataGone(self, state: QuicDeliveryState) -> None:
        self.maxDataDue = self.maxDataDue or state is not _ACKED

    def _maxFlowsGone(self, state: QuicDeliveryState) -> None:
        self.maxFlowsDue = self.maxFlowsDue or state is not _ACKED

    def _stopGone(self, state: QuicDeliveryState, flow: Flow) -> None:
        if state is not _ACKED and flow.receiving:
            self._stops[flow] = None

    def _creditGone(self, state: QuicDeliveryState, flow: Flow) -> None:
        if state is not _ACKED and flow.receiving:
            self._credits[flow] = None

    def _resetGone(self, state: QuicDeliveryState, flow: Flow) -> None:
        if state is _ACKED:
            flow.endSending()
        else:
            self._resets[flow] = None

    def _fill(self, parts: list[bytes | memoryview], handlers: Handlers, left: int, room: int) -> None:
        """
        Put into the packet what there is to say. Every other one begins with datagrams: neither they nor streams keep
        the other waiting.

        @param left: bytes that are free in it; C{room} are in an empty one.
        """
        if self._credits or self._resets or self._stops or self.maxDataDue or self.maxFlowsDue:
            left = self._control(parts, handlers, left)
        first = self._packet_number & 1
        if first and self.leaving:
            left = self._fillDatagrams(parts, handlers, left, room)
        if self._fresh or self._bulk:
            left = self._fillStreams(parts, handlers, left)
        if not first and self.leaving:
            self._fillDatagrams(parts, handlers, left, room)

    def _fillDatagrams(self, parts: list[bytes | memoryview], handlers: Handlers, left: int, room: int) -> int:
        rest = self.leaving.fill(parts, left, room)
        if left - rest > BASE:
            handlers.append((self._largeGone, ()))
        return rest

    def _fillStreams(self, parts: list[bytes | memoryview], handlers: Handlers, left: int) -> int:
        """
        Fill the packet with what streams have to send.

        @return: how many bytes are left in it.
        """
        while left > _HEAD:
            fresh = bool(self._fresh)
            wanting = self._fresh or self._bulk
            if not wanting:
                return left
            flow = next(iter(wanting))
            free = self._remote_max_data - self._remote_max_data_used
            if flow.code is not None or not flow.sendable(free):
                # Its credit, or that of all, brings it back.
                del wanting[flow]
                if free <= 0 and flow.queued:
                    self._held[flow] = None
                continue
            before = flow.sent
            at, data, fin = flow.take(left - 3 - len(flow.head) - len(varint(before)), free)
            self._remote_max_data_used += flow.sent - before
            size = len(data)
            head = bytes((0x0A | (4 if at else 0) | fin,)) + flow.head + (varint(at) if at else b"")
            parts += (head + (size | 0x4000).to_bytes(2, "big"), data)
            handlers.append((self._partGone, (flow, at, data, fin)))
            left -= len(head) + 2 + size
            self._turned(flow, wanting, fresh, size)
        return left

    def _turned(self, flow: Flow, wanting: dict[Flow, None], fresh: bool, size: int) -> None:
        """A stream has sent so many bytes: is it another's turn?"""
        flow.turn += size
        if flow.turn >= TURN or not (flow.queued or flow.finPending or flow.relost):
            flow.turn = 0
            del wanting[flow]
            if flow.queued or flow.finPending or flow.relost:
                self._bulk[flow] = None
        if flow.full and flow.queued <= LOW:
            flow.full = False
            self._drained.append(flow)

    def _partGone(self, state: QuicDeliveryState, flow: Flow, at: int, data: bytes | memoryview, fin: bool) -> None:
        size = len(data)
        if state is _ACKED:
            flow.acked(size, fin)
        else:
            flow.lost(at, data, fin)
        if size > BASE:
            self._largeGone(state)

    def _largeGone(self, state: QuicDeliveryState) -> None:
        self.largeLost = 0 if state is _ACKED else self.largeLost + 1


def _put(parts: list[bytes | memoryview], left: int, frame: bytes) -> int:
    parts.append(frame)
    return left - len(frame)
