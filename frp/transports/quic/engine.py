"""
QUIC on aioquic: the handshake, the accounts of what was lost, and everything rare is its; streams and the packets that
carry them are ours.

aioquic as it comes walks all streams for each packet, takes in whatever the peer sends, builds each packet byte by byte
in objects, and seals each header by itself. That is correct and clear, and costs about 50 us a packet. What is replaced
here are private methods: L{frp.test.transports.quic.test_private} fails where another release of aioquic has none of
them, and C{setup.cfg} names the releases.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from aioquic import tls
from aioquic._buffer import Buffer
from aioquic.quic.connection import END_STATES, QuicConnectionState, QuicReceiveContext
from aioquic.quic.events import ConnectionIdIssued, ConnectionIdRetired, HandshakeCompleted
from aioquic.quic.packet import pull_quic_transport_parameters
from aioquic.quic.packet_builder import QuicDeliveryState, QuicPacketBuilder
from aioquic.quic.recovery import QuicPacketSpace
from zope.interface import implementer

from frp.errors import FRPError
from frp.transports.quic.beside import FRAME
from frp.transports.quic.faults import Broken, closedFault
from frp.transports.quic.flow import Flow
from frp.transports.quic.interfaces import Address, Datagram, IQuicEngine, IQuicUser
from frp.transports.quic.probing import BASE, Probing
from frp.transports.quic.reading import Reading
from frp.transports.quic.resettable import Resettable
from frp.transports.quic.settings import CONNECTION_WINDOW, Settings
from frp.transports.quic.skipped import Skipped
from frp.transports.quic.trusting import Trusting
from frp.transports.quic.writing import Writing

__all__ = ["Engine"]

#: How many ranges of streams may be skipped: packets that are lost skip a few, nobody else does.
MAX_SKIPPED = 4096

#: How often over what may be under way is kept of what came before its turn, the objects that hold it included.
KEPT = 2

#: When so many large datagrams in a row were lost, the way may have changed, and carry only smaller ones.
BLACK_HOLE = 8

#: How many of the largest datagrams may always be under way.
LEAST_WINDOW = 4

#: Seconds: more than the error of a sum of times since 1970, and less than matters.
_ROUNDING = 1e-6

_CRYPTO_FRAME = 6
_CERTIFICATE_REQUIRED = 0x100 + 116

# It logs what strangers send, past our own log.
logging.getLogger("quic").addHandler(logging.NullHandler())
logging.getLogger("quic").propagate = False


@implementer(IQuicEngine)
class Engine(Writing, Reading, Trusting, Resettable):
    """
    @ivar user: hears what happens; to be set before anything else is called.
    @ivar received: bytes of all streams that the peer has sent; @ivar receiveLimit: how many it may send.
    """

    user: IQuicUser

    def __init__(self, settings: Settings, **keywords: Any) -> None:
        """
        @param keywords: for aioquic: the connection ids of a server's connection; and C{resetToken} of L{Resettable}.
        """
        super().__init__(configuration=settings.configuration, **keywords)
        self._side = settings.side
        self._flows: dict[int, Flow] = {}
        self._announced: list[Flow] = []
        self._touched: dict[Flow, None] = {}
        self._came: dict[Flow, list[bytes]] = {}  # datagrams
        self._skipped = Skipped()
        self._opened = 0  # how many streams the peer has opened
        self._more = self._over = False
        self._error: FRPError | None = None
        self._mtu = Probing()
        self._probing = False
        self._largest = 0xFFFF  # what the peer takes
        self.received = self._kept = 0
        self.receiveLimit = self._window = settings.configuration.max_data
        self._windows = settings.ownWindow, settings.peersWindow
        limit = self._local_max_streams_bidi
        limit.value = limit.sent = settings.maxFlows
        self._batch = max(1, min(256, settings.maxFlows // 4))
        self._local_max_streams_uni.value = self._local_max_streams_uni.sent = 0
        self._local_max_stream_data_bidi_local, self._local_max_stream_data_bidi_remote = self._windows

    # What goes in

    def receive(self, name: bytes, datagrams: Sequence[Datagram], sender: Address, now: float) -> None:
        if self._over:
            return
        if name:
            if name != self.host_cid and self.isReset(datagrams):
                self._error = self.forget(now)
            else:
                self.readPackets(name, datagrams, sender, now)
        else:
            for datagram in datagrams:
                self.receive_datagram(bytes(datagram), sender, now)
        self._credit()
        self._tell()

    def _credit(self) -> None:
        """Let the peer send more on all streams, where it is time to."""
        limit = self.received - self._kept + self._window
        if limit - self.receiveLimit >= self._window >> 1:
            self.receiveLimit = limit
            self.maxDataDue = True

    def timer(self, now: float) -> float | None:
        if self._over:
            return None
        when, paced = self.get_timer() if self._close_at is not None else None, self.pacedUntil
        return paced if when is None or (paced is not None and paced < when) else when

    def timerDue(self, now: float) -> None:
        if self._over or self._close_at is None:
            return
        # What is due is a sum of times. Taken apart again it may lack a rounding error, and be due for ever.
        self.handle_timer(now + _ROUNDING)
        if self.largeLost >= BLACK_HOLE:
            self.largeLost = 0
            self._mtu.blackHole()
            self._resize(BASE)
        self._tell()

    # What comes of it

    def _tell(self) -> None:
        """Tell the user all that has happened, in its order."""
        while self._events:
            self._event(self._events.popleft())
        if self._close_event is None:
            if self._more:
                self._more = False
                self.user.moreFlows()
            if self._announced:
                announced, self._announced = self._announced, []
                for flow in announced:
                    self.user.opened(flow)
            while self._touched:
                touched, self._touched = self._touched, {}
                for flow in touched:
                    flow.deliver()
            came, self._came = self._came, {}
            for flow, datagrams in came.items():
                flow.user.datagramsReceived(datagrams)
        event = self._close_event
        if event is not None and not self._over:
            self._over = True
            byPeer = self._state is QuicConnectionState.DRAINING
            self.user.over(self._error or closedFault(event, byPeer, self._side, self._handshake_complete))

    def _event(self, event: object) -> None:
        if isinstance(event, HandshakeCompleted):
            if self._side.server and self._side.verified and self.tls._peer_certificate is None:
                self.close(_CERTIFICATE_REQUIRED, _CRYPTO_FRAME, "tls: client didn't provide a certificate")
            elif self._close_event is None:
                self.user.shaken()
        elif isinstance(event, ConnectionIdIssued):
            self.user.named(event.connection_id)
        elif isinstance(event, ConnectionIdRetired):
            self.user.unnamed(event.connection_id)

    # What goes out

    def send(self, now: float) -> list[tuple[Address, list[bytes]]]:
        leaving: list[tuple[Address, list[bytes]]] = []
        if not self._network_paths:
            return leaving
        if self._special():
            for datagram, address in self.datagrams_to_send(now):
                leaving.append((address, [datagram]))
        else:
            self._pacing_at = None
        # To a new address nothing of weight is sent before the peer has shown that it is there.
        while self._state not in END_STATES and self._network_paths[0].is_validated:
            datagrams = self.writePackets(now)
            if datagrams:
                leaving.append((self._network_paths[0].addr, datagrams))
            drained, self._drained = self._drained, []
            if not drained:
                break
            for flow in drained:
                flow.user.drained()
        if self._mtu.next and not self._probing and self._handshake_confirmed and self._state not in END_STATES:
            leaving.append((self._network_paths[0].addr, self._probe(now)))
        return leaving

    def _special(self) -> bool:
        """Whether there is something to send that only aioquic knows."""
        path = self._network_paths[0]
        return bool(
            not self._handshake_confirmed
            or self._close_pending
            or self._probe_pending
            or self._ping_pending
            or self._handshake_done_pending
            or self._retire_connection_ids
            or len(self._network_paths) > 1
            or path.remote_challenges
            or not path.is_validated
            or not self._crypto_streams[tls.Epoch.ONE_RTT].sender.buffer_is_empty
            or not all(name.was_sent for name in self._host_cids)
        )

    def open(self) -> Flow | None:
        number = self._local_next_stream_id_bidi
        if self._over or not self._handshake_complete or number >> 2 >= self._remote_max_streams_bidi:
            return None
        self._local_next_stream_id_bidi = number + 4
        flow = Flow(self, number, self._remote_max_stream_data_bidi_remote, self._windows[0])
        self._flows[number] = flow
        return flow

    def ping(self) -> None:
        if not self._ping_pending:
            self.send_ping(0)

    def end(self, error: FRPError) -> None:
        self._finish(error, 0, None)

    def breach(self, error: FRPError) -> None:
        self._finish(error, 0x0A, 0)

    def _finish(self, error: FRPError, code: int, frame: int | None) -> None:
        if not self._over:
            self._error = self._error or error
            self.close(code, frame, error.brief if code else "")
            self._tell()

    def release(self) -> None:
        """
        The session is over, and nobody calls again. What refers to each other here is let go: the collector comes
        seldom, and does not know how much a stranger has left in it.
        """
        for flow in self._flows.values():
            flow.release()
        queues: Any = (self._flows, self._fresh, self._bulk, self._credits, self._resets, self._stops)
        for queue in (*queues, self._held, self._touched, self._came, self.leaving):
            queue.clear()
        for space in self._spaces.values():
            space.sent_packets.clear()
        vars(self)["_QuicConnection__frame_handlers"].clear()
        vars(self.tls).clear()
        self._cryptos.clear()
        vars(self).get("_cryptos_initial", {}).clear()
        del self._loss._send_probe
        del self.user

    # Facts

    @property
    def size(self) -> int:
        return self._max_datagram_size

    @property
    def roundTrip(self) -> float:
        return self._loss._rtt_min if self._loss._rtt_initialized else 0.0

    @property
    def heard(self) -> float:
        return self._spaces[tls.Epoch.ONE_RTT].largest_received_time or 0.0

    @property
    def idleTimeout(self) -> float:
        return self._idle_timeout()

    @property
    def settled(self) -> bool:
        return all(flow.idle for flow in self._flows.values())

    @property
    def serverName(self) -> str:
        return ""

    # Streams

    def touched(self, flow: Flow) -> None:
        self._touched[flow] = None

    def keeps(self, size: int) -> None:
        """
        So many bytes of memory more, or less, are taken by what came before its turn.

        @raise Broken: that makes it too many.
        """
        self._kept += size
        if self._kept > KEPT * self._window:
            raise Broken(1, "too much comes before its turn, in too small pieces")

    def widened(self) -> None:
        """A stream is in use: the session is somebody's whom we know."""
        self._window = CONNECTION_WINDOW
        self._credit()

    def done(self, flow: Flow) -> None:
        del self._flows[flow.id]
        self.drop(flow)
        if (flow.id & 1 == 0) != self._is_client:
            limit = self._local_max_streams_bidi
            limit.value += 1
            self.maxFlowsDue = self.maxFlowsDue or limit.value - limit.sent >= self._batch

    def flowOf(self, id: int) -> Flow | None:
        flow = self._flows.get(id)
        if flow is not None:
            return flow
        if (id & 1 == 0) == self._is_client:
            if id & 2 or id >= self._local_next_stream_id_bidi:
                raise Broken(5, f"there is no stream {id}")
            return None
        number, opened = id >> 2, self._opened
        if id & 2 or number >= self._local_max_streams_bidi.sent:
            raise Broken(4, f"stream {id} is beyond what is allowed")
        if number >= opened:
            if number > opened:
                self._skipped.add(opened, number)
                if len(self._skipped) > MAX_SKIPPED:
                    raise Broken(4, "streams are opened in no order")
            self._opened = number + 1
        elif not self._skipped.take(number):
            return None
        flow = Flow(self, id, self._remote_max_stream_data_bidi_local, self._windows[1])
        self._flows[id] = flow
        self._announced.append(flow)
        return flow

    def datagramCame(self, id: int, datagram: bytes) -> None:
        flow = self._flows.get(id)
        if flow is not None:  # it may be finished
            self._came.setdefault(flow, []).append(datagram)

    @property
    def datagramSize(self) -> int:
        free = self._max_datagram_size - self.around
        return min(free, self._remote_max_datagram_frame_size or 0) - FRAME

    def allowFlows(self, count: int) -> None:
        if count > self._remote_max_streams_bidi:
            self._remote_max_streams_bidi = count
            self._more = True

    def _handle_max_data_frame(self, context: QuicReceiveContext, frame_type: int, buf: Buffer) -> None:
        super()._handle_max_data_frame(context, frame_type, buf)
        held, self._held = self._held, {}
        for flow in held:
            self.wants(flow)

    def _write_connection_limits(self, builder: QuicPacketBuilder, space: QuicPacketSpace) -> None:
        """They are written with the streams."""

    # The size of datagrams

    def _parse_transport_parameters(self, data: bytes, from_session_ticket: bool = False) -> None:
        super()._parse_transport_parameters(data, from_session_ticket)
        self._largest = pull_quic_transport_parameters(Buffer(data=data)).max_udp_payload_size or 0xFFFF

    def probe(self, size: int) -> None:
        self._mtu.begin(min(size, self._largest))

    def _probe(self, now: float) -> list[bytes]:
        self._probing = True
        return self.writeProbe(self._mtu.next, self._probeGone, now)

    def _probeGone(self, state: QuicDeliveryState, size: int) -> None:
        self._probing = False
        if state is QuicDeliveryState.ACKED:
            self._mtu.arrived(size)
            self._resize(size)
        else:
            self._mtu.lost()

    def _resize(self, size: int) -> None:
        self._max_datagram_size = size
        control: Any = self._loss._cc
        control._max_datagram_size = self._loss._pacer._max_datagram_size = size
        # A window that holds not even one would stay closed for ever (RFC 9002, section 7.2).
        control.congestion_window = max(control.congestion_window, LEAST_WINDOW * size)
