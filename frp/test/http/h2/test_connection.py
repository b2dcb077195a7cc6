"""
HTTP/2 connections: what the standard asks of a server (RFC 9113; the cases are those that conformance suites try), and
users who mean no good.
"""

from __future__ import annotations

from typing import Any

from h2.errors import ErrorCodes
from h2.events import (
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    SettingsAcknowledged,
)
from h2.settings import SettingCodes
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.http.h2.connection import HTTP2Connection
from frp.http.h2.frames import STREAMS
from frp.interfaces.flowing import Flowing
from frp.test.http.h2.user import GET, Receiver, Transport, User
from frp.wire.http.h2head import PREFACE

PROTOCOL, FLOW, CLOSED, SIZE = (
    int(code)
    for code in (
        ErrorCodes.PROTOCOL_ERROR,
        ErrorCodes.FLOW_CONTROL_ERROR,
        ErrorCodes.STREAM_CLOSED,
        ErrorCodes.FRAME_SIZE_ERROR,
    )
)
CALM = int(ErrorCodes.ENHANCE_YOUR_CALM)


def blockOf(*pairs: tuple[str, str], request: Any = GET) -> bytes:
    """A field list, without touching the table that both sides share."""
    encoder = Encoder()
    encoder.header_table_size = 0
    block: bytes = encoder.encode([*request, *pairs], huffman=False)
    return block


def headersFrame(number: int = 1, block: bytes | None = None, *flags: str) -> HeadersFrame:
    return HeadersFrame(number, blockOf() if block is None else block, flags=flags or ("END_HEADERS", "END_STREAM"))


def rawFrame(kind: int, flags: int, number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + number.to_bytes(4, "big") + payload


def pingFrame(number: int = 0) -> bytes:
    return PingFrame(0, number.to_bytes(8, "big")).serialize()


class Case(SynchronousTestCase):
    def failsWith(self, codes: int | tuple[int, ...], *frames: Frame | bytes, first: Any = ()) -> User:
        """After these frames the connection, or at least the stream, has ended with one of the codes."""
        user = User()
        user.answers = lambda exchange: exchange.receive(Receiver())
        if first:
            user.raw(*first)
        user.raw(*frames)
        allowed = (codes,) if isinstance(codes, int) else codes
        found = [user.ended] if user.ended is not None else [code for _, code in user.resets]
        self.assertTrue(found and found[-1] in allowed, f"{found} in place of {allowed}")
        if user.ended is not None:
            self.assertTrue(user.transport.disconnecting)
        return user


class ConnectionTests(Case):
    """The connection (3.4, 3.5, 5.4, 5.5, 6.5 to 6.8)."""

    def test_preface(self) -> None:
        """Settings are sent first; what does not begin with the preface is no HTTP/2."""
        user = User()
        (settings,) = user.of(RemoteSettingsChanged)
        changed = {code: change.new_value for code, change in settings.changed_settings.items()}
        self.assertEqual(changed[SettingCodes.MAX_CONCURRENT_STREAMS], STREAMS)
        self.assertEqual(changed[SettingCodes.MAX_HEADER_LIST_SIZE], 65536)
        self.assertEqual(len(user.of(SettingsAcknowledged)), 1)
        user = User(greet=False)
        user.connection.dataReceived(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        user.exchange()
        self.assertEqual(user.ended, PROTOCOL)
        self.assertTrue(user.transport.disconnecting)
        user = User(greet=False)
        user.connection.dataReceived(PREFACE + headersFrame().serialize())
        self.assertEqual(user.exchanges, [])
        self.assertTrue(user.transport.disconnecting)

    def test_unknown(self) -> None:
        """Frames, settings and flags that nobody knows are passed over."""
        user = User()
        user.raw(rawFrame(0xFF, 0, 0, b"x"), SettingsFrame(0, {0xFF: 1}), rawFrame(6, 0x16, 0, bytes(8)))
        self.assertEqual([frame.flags for frame in user.frames if isinstance(frame, PingFrame)], [{"ACK"}])
        self.assertIsNone(user.ended)
        self.failsWith(PROTOCOL, headersFrame(1, None, "END_STREAM"), rawFrame(0xFF, 0, 1, b"x"))

    def test_sizes(self) -> None:
        """Frames are no longer than we have said, and those of a fixed length have it."""
        self.failsWith(SIZE, rawFrame(0, 0, 1, bytes(16385)), first=[headersFrame(1, None, "END_HEADERS")])
        self.failsWith(SIZE, rawFrame(1, 5, 1, bytes(16385)))
        for frame in (
            rawFrame(6, 0, 0, bytes(6)),
            rawFrame(3, 0, 1, bytes(3)),
            rawFrame(4, 0, 0, bytes(3)),
            rawFrame(4, 1, 0, bytes(6)),
            rawFrame(8, 0, 0, bytes(3)),
            rawFrame(2, 0, 1, bytes(4)),
        ):
            self.failsWith((SIZE, PROTOCOL), frame, first=[headersFrame(1, None, "END_HEADERS")])

    def test_ping(self) -> None:
        """Pings are answered, unless they are answers; they belong to no stream."""
        user = User()
        user.raw(PingFrame(0, b"12345678"), PingFrame(0, b"87654321", flags=("ACK",)))
        self.assertEqual([event.ping_data for event in user.of(PingAckReceived)], [b"12345678"])
        self.failsWith(PROTOCOL, rawFrame(6, 0, 1, bytes(8)))

    def test_settings(self) -> None:
        """Settings have values that they may have, and belong to no stream."""
        for code, value, error in ((2, 2, PROTOCOL), (4, 2**31, FLOW), (5, 16383, PROTOCOL), (5, 2**24, PROTOCOL)):
            self.failsWith(error, SettingsFrame(0, {code: value}))
        self.failsWith(PROTOCOL, rawFrame(4, 0, 1, bytes(6)))

    def test_smallWindow(self) -> None:
        """A window that is made smaller, even below nothing, holds a response up until it is open again."""
        user = User()
        user.raw(SettingsFrame(0, {4: 3}))
        user.request().reply(200, None, b"0123456789")
        self.assertEqual(user.body(allow=False), b"012")
        user.raw(SettingsFrame(0, {4: 2}))
        user.raw(WindowUpdateFrame(1, 1))
        self.assertEqual(user.body(allow=False), b"012")
        user.raw(SettingsFrame(0, {4: 9}))
        self.assertEqual(user.body(allow=False), b"0123456789")

    def test_userGoesAway(self) -> None:
        """A user who makes no more requests still gets the responses, and is let go then."""
        user = User()
        user.h2.send_headers(1, GET)
        user.exchange()
        exchange, receiver = user.exchanges[0], Receiver()
        exchange.receive(receiver)
        user.raw(GoAwayFrame(0), DataFrame(1, b"abc", flags=("END_STREAM",)), PingFrame(0, bytes(8)))
        self.assertEqual((receiver.body, receiver.ends), ([b"abc"], [None]))
        user.h2.state_machine.state = type(user.h2.state_machine.state).CLIENT_OPEN
        self.assertFalse(user.transport.disconnecting)
        exchange.reply(200)
        user.exchange()
        self.assertEqual(len(user.of(ResponseReceived)), 1)
        self.assertTrue(user.transport.disconnecting)

    def test_shut(self) -> None:
        """A server that stops says so, answers what runs, and takes nothing new."""
        user = User()
        exchange = user.request()
        user.server.shut()
        user.connection.shut()
        # Sent before the user has heard of it.
        user.connection.dataReceived(headersFrame(3).serialize())
        self.assertEqual(len(user.exchanges), 1)
        self.assertFalse(user.transport.disconnecting)
        exchange.reply(200)
        self.assertTrue(user.transport.disconnecting)
        user.exchange()
        ends = [(frame.error_code, frame.last_stream_id) for frame in user.frames if isinstance(frame, GoAwayFrame)]
        self.assertEqual(ends, [(0, 1)])
        idle = User()
        idle.server.shut()
        self.assertTrue(idle.transport.disconnecting)
        late = HTTP2Connection(idle.server.serving)
        late.makeConnection(transport := Transport())
        self.assertTrue(transport.disconnecting)
        late.connectionLost(Failure(ConnectionDone()))

    def test_drained(self) -> None:
        """Who stops waits for a connection while it has a request."""
        user = User()
        flowing = Flowing()
        user.server.serving.began, user.server.serving.ended = flowing.began, flowing.ended
        for number in (1, 3):
            user.request(number)
        self.assertEqual(len(flowing), 1)
        user.exchanges[0].reply(200)
        self.assertEqual(len(flowing), 1)
        user.exchanges[1].abort()
        self.assertEqual(len(flowing), 0)
        user.request(5)
        user.leave()
        self.assertEqual(len(flowing), 0)
        self.assertIsInstance(flowing.drain(user.clock, 1), Deferred)


class StreamTests(Case):
    """The streams (5.1, 6.1 to 6.4, 6.9, 6.10)."""

    def test_idle(self) -> None:
        """Nothing but a head begins a stream."""
        for frame in (DataFrame(1, b"x"), RstStreamFrame(1), WindowUpdateFrame(1, 1), ContinuationFrame(1)):
            self.failsWith(PROTOCOL, frame)
        user = User()
        user.raw(PriorityFrame(1, depends_on=0, stream_weight=1))
        self.assertIsNone(user.ended)

    def test_halfClosed(self) -> None:
        """A request that has ended is not gone on with."""
        for frame in (DataFrame(1, b"x"), headersFrame(), ContinuationFrame(1, flags=("END_HEADERS",))):
            self.failsWith((CLOSED, PROTOCOL), frame, first=[headersFrame()])

    def test_closed(self) -> None:
        """Nor is one that was reset."""
        for frame in (DataFrame(1, b"x"), headersFrame()):
            self.failsWith((CLOSED, PROTOCOL), frame, first=[headersFrame(), RstStreamFrame(1)])

    def test_numbers(self) -> None:
        """Streams of users have odd numbers, each higher than the last."""
        self.failsWith(PROTOCOL, headersFrame(2))
        self.failsWith((PROTOCOL, CLOSED), headersFrame(3), first=[headersFrame(5)])
        for frame in (
            rawFrame(0, 0, 0, b"x"),
            rawFrame(1, 5, 0, blockOf()),
            rawFrame(2, 0, 0, bytes(5)),
            rawFrame(3, 0, 0, bytes(4)),
        ):
            self.failsWith(PROTOCOL, frame)

    def test_padding(self) -> None:
        """Padding is no longer than its frame."""
        self.failsWith(PROTOCOL, rawFrame(0, 9, 1, b"\x06hello"), first=[headersFrame(1, None, "END_HEADERS")])
        self.failsWith(PROTOCOL, rawFrame(1, 13, 1, b"\xff" + blockOf()))

    def test_padded(self) -> None:
        """Padding counts against the windows, and they are given back."""
        user = User()
        user.raw(headersFrame(1, None, "END_HEADERS"))
        receiver = Receiver()
        user.exchanges[0].receive(receiver)
        for _ in range(2000):
            user.raw(rawFrame(0, 8, 1, b"\xff" + b"x" + bytes(255)))
            user.clock.advance(1)
        self.assertEqual((len(receiver.body), user.ended), (2000, None))

    def test_itself(self) -> None:
        """No stream depends on itself."""
        self.failsWith(PROTOCOL, PriorityFrame(1, depends_on=1, stream_weight=1), first=[headersFrame()])

    def test_continued(self) -> None:
        """A head goes on in frames of its stream and no others."""
        block = blockOf()
        user = User()
        user.raw(
            HeadersFrame(1, block[:9], flags=("END_STREAM",)),
            ContinuationFrame(1, block[9:20]),
            ContinuationFrame(1, block[20:], flags=("END_HEADERS",)),
        )
        self.assertEqual(user.exchanges[0].head.target, b"/")
        for frame in (
            PingFrame(0, bytes(8)),
            DataFrame(1, b"x"),
            headersFrame(3),
            ContinuationFrame(3, b"", flags=("END_HEADERS",)),
            PriorityFrame(1, depends_on=0, stream_weight=1),
        ):
            self.failsWith(PROTOCOL, HeadersFrame(1, block[:9], flags=("END_STREAM",)), frame)

    def test_compression(self) -> None:
        """A field list that cannot be read ends the connection."""
        code = (int(ErrorCodes.COMPRESSION_ERROR), PROTOCOL)
        self.failsWith(code, headersFrame(1, b"\x00\xff\xff\xff\xff\xff\xff\xff"))
        self.failsWith(code, headersFrame(1, b"\xff\x80\x01"))

    def test_windows(self) -> None:
        """Windows do not grow by nothing, nor beyond 2^31-1."""
        self.failsWith(PROTOCOL, rawFrame(8, 0, 0, bytes(4)))
        self.failsWith(PROTOCOL, rawFrame(8, 0, 1, bytes(4)), first=[headersFrame()])
        grow = 2**31 - 1
        self.failsWith(FLOW, WindowUpdateFrame(0, grow), WindowUpdateFrame(0, grow))
        self.failsWith(FLOW, WindowUpdateFrame(1, grow), WindowUpdateFrame(1, grow), first=[headersFrame()])
        big = [DataFrame(1, bytes(16384))] * 33
        self.failsWith(FLOW, headersFrame(1, None, "END_HEADERS"), *big)

    def test_push(self) -> None:
        """Users do not push."""
        self.failsWith(PROTOCOL, PushPromiseFrame(1, 2, blockOf(), flags=("END_HEADERS",)), first=[headersFrame()])
