"""A user of HTTP/2: the client side of L{h2}, and a transport in memory to the connection that is tested."""

from __future__ import annotations

from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event
from h2.exceptions import ProtocolError
from hyperframe.frame import Frame, GoAwayFrame, RstStreamFrame
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.exchange import IReceiver
from frp.http.h2.connection import HTTP2Connection
from frp.http.server import HTTPServer
from frp.logs import Log
from frp.wire.http.fields import Fields

__all__ = ["GET", "Receiver", "Transport", "User"]

GET = [(":method", "GET"), (":scheme", "http"), (":authority", "x.example"), (":path", "/")]


class Transport(StringTransport):
    """Remembers how it was ended."""

    serverName = ""
    aborted = False

    def abortConnection(self) -> None:
        """It ends now."""
        self.aborted = True
        self.loseConnection()


@implementer(IReceiver)
class Receiver:
    """What has come of a request's body."""

    def __init__(self) -> None:
        self.body: list[bytes] = []
        self.ends: list[Fields | None] = []
        self.lost: list[Failure] = []

    def bodyReceived(self, data: bytes) -> None:
        assert data
        self.body.append(data)

    def bodyEnded(self, trailers: Fields | None) -> None:
        self.ends.append(trailers)

    def exchangeLost(self, reason: Failure) -> None:
        self.lost.append(reason)


class User:
    """
    One connection, with a handler that remembers its exchanges.

    @ivar exchanges: those that the handler was called with.
    @ivar events: what the user has understood.
    @ivar frames: what the user was sent, whether it was asked for in the right way or not.
    @ivar answers: called with each exchange, in place of nothing.
    """

    def __init__(self, greet: bool = True) -> None:
        self.exchanges: list[Any] = []
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self._came = b""
        self.answers: Any = lambda exchange: None
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.server = HTTPServer(self._handle, self.clock, Log("test"))
        self.transport = Transport(peerAddress=IPv4Address("TCP", "192.0.2.1", 4321))
        self.connection = HTTP2Connection(self.server.serving)
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.connection.makeConnection(self.transport)
        if greet:
            self.h2.initiate_connection()
            self.exchange()

    def _handle(self, exchange: Any) -> None:
        self.exchanges.append(exchange)
        self.answers(exchange)

    def request(self, number: int = 1, headers: Any = None, body: bytes | None = None, **more: Any) -> Any:
        """Ask for something; a body leaves with it. @return: the exchange."""
        self.h2.send_headers(number, headers or GET, end_stream=body is None, **more)
        if body is not None:
            self.h2.send_data(number, body, end_stream=True)
        self.exchange()
        return self.exchanges[-1]

    def exchange(self) -> None:
        """Let the bytes go both ways until there are no more."""
        while True:
            there = self.h2.data_to_send()
            if there and not self.transport.disconnecting:
                self.connection.dataReceived(there)
            back = self.transport.value()
            self.transport.clear()
            if back:
                self._parse(back)
                try:
                    self.events += self.h2.receive_data(back)
                except ProtocolError:
                    # It does not know of the frames that were sent raw, and would end the connection.
                    self.h2.clear_outbound_data_buffer()
            if not there and not back:
                return

    def _parse(self, data: bytes) -> None:
        data = self._came + data
        while len(data) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(data[:9]))
            if len(data) < 9 + length:
                break
            frame.parse_body(memoryview(data[9 : 9 + length]))
            self.frames.append(frame)
            data = data[9 + length :]
        self._came = data

    def raw(self, *frames: Frame | bytes) -> None:
        """Send what the library would not."""
        self.h2.clear_outbound_data_buffer()
        self.connection.dataReceived(b"".join(f if isinstance(f, bytes) else f.serialize() for f in frames))
        self.exchange()

    def leave(self) -> None:
        """Close the connection."""
        self.connection.connectionLost(Failure(ConnectionDone()))

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def body(self, number: int = 1, allow: bool = True) -> bytes:
        """What has come of a response. @param allow: give the windows back."""
        self.exchange()
        pieces = []
        for event in self.of(DataReceived):
            if event.stream_id == number:
                pieces.append(event.data)
                if allow and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, number)
                    event.flow_controlled_length = 0
        self.exchange()
        return b"".join(pieces)

    @property
    def ended(self) -> int | None:
        """The code of the GOAWAY that has come."""
        ends = [frame.error_code for frame in self.frames if isinstance(frame, GoAwayFrame)]
        return ends[0] if ends else None

    @property
    def resets(self) -> list[tuple[int, int]]:
        """The streams that we have reset, and why."""
        return [(frame.stream_id, frame.error_code) for frame in self.frames if isinstance(frame, RstStreamFrame)]
