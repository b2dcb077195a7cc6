"""
The way in of packets with a short header, many at a time.

What carries data is read here: streams, datagrams, credit and acknowledgements. All other frames, and whatever is
unusual about a packet, take aioquic's own way, which hands the frames of streams back to this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aioquic import tls
from aioquic._buffer import Buffer
from aioquic.quic.connection import (
    QuicConnection,
    QuicConnectionError,
    QuicNetworkPath,
    QuicReceiveContext,
)
from aioquic.quic.packet_builder import QuicDeliveryState
from aioquic.quic.rangeset import RangeSet
from aioquic.quic.recovery import MAX_ACK_RANGES, QuicPacketSpace
from aioquic.quic.stream import QuicStream, StreamFinishedError

from frp.transports.quic.acknowledging import readAck
from frp.transports.quic.beside import LARGEST_FRAME
from frp.transports.quic.faults import Broken
from frp.transports.quic.flow import Flow
from frp.transports.quic.interfaces import Address, Datagram
from frp.transports.quic.sealing import unseal
from frp.transports.quic.varint import readVarint

__all__ = ["Reading"]

#: What may wait of a handshake that comes out of order. aioquic keeps half a mebibyte, for anybody who sends a packet.
MAX_CRYPTO = 32 * 1024

_PADDING, _PING, _ACK, _ACK_ECN = 0, 1, 2, 3
_RESET, _STOP = 4, 5
_STREAM, _LAST_STREAM = 8, 15
_MAX_DATA, _MAX_STREAM_DATA, _MAX_STREAMS = 0x10, 0x11, 0x12
_DATAGRAM, _SIZED_DATAGRAM = 0x30, 0x31

_ACKED = QuicDeliveryState.ACKED


class Reading(QuicConnection):
    """
    A base of the engine: what comes.

    @ivar unanswered: packets that want an acknowledgement and have none.
    """

    unanswered = 0

    def flowOf(self, id: int) -> Flow | None:
        """@return: the stream, which the peer may have opened by this; None where it is finished already."""
        raise NotImplementedError

    def datagramCame(self, id: int, datagram: bytes) -> None:
        """Something has come beside a stream, or beside none."""
        raise NotImplementedError

    def allowFlows(self, count: int) -> None:
        """The peer lets us open so many streams, all in all."""
        raise NotImplementedError

    def _quick(self, name: bytes, path: QuicNetworkPath, sender: Address) -> bool:
        """Whether packets with this connection id, from there, can be read here."""
        return (
            name == self.host_cid
            and self._handshake_complete
            and path.addr == sender
            and path.is_validated
            and self._cryptos[tls.Epoch.ONE_RTT].recv.is_valid()
        )

    def readPackets(self, name: bytes, datagrams: Sequence[Datagram], sender: Address, now: float) -> None:
        """@param name: the connection id of all of them."""
        size = len(name)
        if not self._quick(name, self._network_paths[0], sender):
            for datagram in datagrams:
                self.receive_datagram(bytes(datagram), sender, now)
            return
        space = self._spaces[tls.Epoch.ONE_RTT]
        context = QuicReceiveContext(
            epoch=tls.Epoch.ONE_RTT,
            host_cid=name,
            network_path=self._network_paths[0],
            quic_logger_frames=None,
            time=now,
            version=None,
        )
        long = [each for each in datagrams if len(each) >= size + 21]
        crypto = self._cryptos[tls.Epoch.ONE_RTT].recv
        heard = False
        opened = unseal(crypto, size, long, space.largest_received_packet + 1)
        for datagram, plain in zip(long, opened, strict=True):
            if plain is None:
                # With the keys of another phase, or not from the peer.
                self.receive_datagram(bytes(datagram), sender, now)
            elif plain[0] > space.largest_received_packet or plain[0] not in space.received_packets:
                self._packet(context, space, *plain)
                heard = True
            if self._close_event is not None:
                return
        if heard:
            self._close_at = now + self._idle_timeout()
            self._ack_eliciting_sent_since_receipt = False
        if self.unanswered > 1:
            space.ack_at = now
        elif self.unanswered and space.ack_at is None:
            space.ack_at = now + self._ack_delay

    def _packet(self, context: QuicReceiveContext, space: QuicPacketSpace, number: int, plain: bytes) -> None:
        """A new packet of the peer."""
        try:
            eliciting = self._frames(context, space, plain)
        except QuicConnectionError as error:
            self.close(error_code=error.error_code, frame_type=error.frame_type, reason_phrase=error.reason_phrase)
            return
        except Broken as error:
            self.close(error_code=error.code, frame_type=0, reason_phrase=str(error))
            return
        except (IndexError, ValueError):
            self.close(error_code=7, frame_type=0, reason_phrase="a frame is cut")
            return
        if number > space.largest_received_packet:
            space.largest_received_packet = number
            space.largest_received_time = context.time
            space.expected_packet_number = number + 1
        space.received_packets.add(number)
        space.ack_queue.add(number)
        if len(space.ack_queue) > MAX_ACK_RANGES:
            space.ack_queue.shift()
        if eliciting:
            self.unanswered += 1

    def _frames(self, context: QuicReceiveContext, space: QuicPacketSpace, plain: bytes) -> bool:
        """
        @return: whether the peer wants to hear that it has come.
        @raise Broken: the peer may not send this.
        """
        at, end = 0, len(plain)
        if not end:
            raise Broken(10, "a packet without frames, or with reserved bits")
        eliciting = False
        while at < end:
            kind = plain[at]
            if _STREAM <= kind <= _LAST_STREAM:
                at = self._stream(plain, at + 1, kind)
                eliciting = True
            elif kind in (_ACK, _ACK_ECN):
                ranges, delay, at = readAck(plain, at + 1, kind == _ACK_ECN)
                self.acked(ranges, delay, space, context.time)
            elif kind == _MAX_STREAM_DATA:
                id, at = readVarint(plain, at + 1)
                limit, at = readVarint(plain, at)
                self._streamCredit(id, limit)
                eliciting = True
            elif kind in (_DATAGRAM, _SIZED_DATAGRAM):
                at = self._datagram(plain, at + 1, kind)
                eliciting = True
            elif kind == _PADDING:
                rest = plain[at:].lstrip(b"\0")
                at = end - len(rest)
            else:
                # The rest of the packet, whatever stands there.
                rested, _ = self._payload_received(context, plain[at:])
                return eliciting or rested
        return eliciting

    def _stream(self, plain: bytes, at: int, kind: int) -> int:
        """@return: where the frame ends."""
        id, at = readVarint(plain, at)
        offset = 0
        if kind & 4:
            offset, at = readVarint(plain, at)
        if kind & 2:
            size, at = readVarint(plain, at)
            end = at + size
            if end > len(plain):
                raise IndexError("a frame is cut")
        else:
            end = len(plain)
        flow = self.flowOf(id)
        if flow is not None:
            flow.came(offset, plain[at:end], bool(kind & 1))
        return end

    def _datagram(self, plain: bytes, at: int, kind: int) -> int:
        """@return: where the frame ends."""
        start, end = at - 1, len(plain)
        if kind & 1:
            size, at = readVarint(plain, at)
            end = at + size
            if end > len(plain):
                raise IndexError("a frame is cut")
        if end - start > LARGEST_FRAME:
            raise Broken(10, f"a datagram of {end - start} bytes, where {LARGEST_FRAME} are allowed")
        if at < end:
            id, at = readVarint(plain, at)
            self.datagramCame(id, plain[at:end])
        return end

    def _streamCredit(self, id: int, limit: int) -> None:
        flow = self.flowOf(id)
        if flow is not None and limit > flow.sendLimit:
            flow.sendLimit = limit
            self.wants(flow)

    def wants(self, flow: Flow) -> None:
        """A stream has something to send."""
        raise NotImplementedError

    # Acknowledgements

    def acked(self, ranges: list[tuple[int, int]], delay: int, space: QuicPacketSpace, now: float) -> None:
        """
        The peer has these packets.

        Only the latest of them goes through aioquic's accounts, for the round trip, and for what was lost; the others
        cost a look-up each.

        @raise Broken: they were never sent.
        """
        latest = ranges[0][1]
        if latest >= self._packet_number:
            raise Broken(10, "packets are acknowledged that were not sent")
        sent = space.sent_packets
        if not sent:
            return
        oldest, control, before = next(iter(sent)), self._loss._cc, len(sent)
        for first, last in ranges:
            if last < oldest:
                break
            for number in range(max(first, oldest), last + 1 if last < latest else latest):
                packet = sent.pop(number, None)
                if packet is None:
                    continue
                if packet.is_ack_eliciting:
                    space.ack_eliciting_in_flight -= 1
                if packet.in_flight:
                    control.on_packet_acked(packet=packet, now=now)
                for handler, arguments in packet.delivery_handlers:
                    handler(_ACKED, *arguments)
        if latest in sent:
            only = RangeSet([range(latest, latest + 1)])
            seconds = (delay << self._remote_ack_delay_exponent) / 1e6
            self._loss.on_ack_received(ack_rangeset=only, ack_delay=seconds, now=now, space=space)
        elif len(sent) < before:
            self._loss._pto_count = 0
            self._loss._detect_loss(now=now, space=space)

    # What aioquic reads, and these streams are about

    def _handle_stream_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        id = buf.pull_uint_var()
        offset = buf.pull_uint_var() if frame_type & 4 else 0
        size = buf.pull_uint_var() if frame_type & 2 else buf.capacity - buf.tell()
        data = buf.pull_bytes(size)
        self._known(id, frame_type).came(offset, data, bool(frame_type & 1))

    def _handle_datagram_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        start = buf.tell()
        plain = bytes((frame_type,)) + buf.data_slice(start, buf.capacity)
        buf.seek(start + self._datagram(plain, 1, frame_type) - 1)

    def _handle_reset_stream_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        id = buf.pull_uint_var()
        buf.pull_uint_var()
        finalSize = buf.pull_uint_var()
        self._known(id, frame_type).resetCame(finalSize)

    def _handle_stop_sending_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        id = buf.pull_uint_var()
        code = buf.pull_uint_var()
        self._known(id, frame_type).stopAsked(code)

    def _handle_max_stream_data_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        id = buf.pull_uint_var()
        self._streamCredit(id, buf.pull_uint_var())

    def _handle_stream_data_blocked_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        id = buf.pull_uint_var()
        buf.pull_uint_var()
        self._known(id, frame_type)

    def _handle_max_streams_bidi_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        self.allowFlows(buf.pull_uint_var())

    def _handle_crypto_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        at = buf.tell()
        end = buf.pull_uint_var() + buf.pull_uint_var()
        buf.seek(at)
        if end - self._crypto_streams[context.epoch].receiver.starting_offset() > MAX_CRYPTO:
            raise QuicConnectionError(13, frame_type, "more of a handshake than can be kept")
        super()._handle_crypto_frame(context, frame_type, buf)

    def _known(self, id: int, frame: int) -> Flow:
        flow = self.flowOf(id)
        if flow is None:
            raise StreamFinishedError
        return flow

    def _payload_received(
        self, context: QuicReceiveContext, plain: bytes, crypto_frame_required: bool = False
    ) -> tuple[bool, bool]:
        try:
            return super()._payload_received(context, plain, crypto_frame_required)
        except Broken as error:
            raise QuicConnectionError(error.code, 0, str(error)) from None
        except IndexError:
            raise QuicConnectionError(7, 0, "a frame is cut") from None

    def _get_or_create_stream(self, frame_type: int, stream_id: int) -> QuicStream:
        raise AssertionError("the streams are not aioquic's")

    def _get_or_create_stream_for_send(self, stream_id: int) -> Any:
        raise AssertionError("the streams are not aioquic's")
