"""
HTTP/2 connections: what the standard asks of a server (RFC 9113; the cases are those that conformance suites try), and
users who mean no good.
"""

from __future__ import annotations

from typing import Any

from h2.errors import ErrorCodes
from h2.events import (
    PingAckReceived,
    PingReceived,
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
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.http.h2.connection import CLOSE_TIMEOUT, IDLE_TIMEOUT, SIGN_TIMEOUT, SLOW_TIMEOUT, HTTP2Connection
from frp.http.h2.frames import STREAMS
from frp.interfaces.flowing import Flowing
from frp.test.http.h2.user import GET, Receiver, Transport, User
from frp.wire.http.fields import Fields
from frp.wire.http.h2head import PREFACE

_PROTOCOL, _FLOW, _CLOSED, _SIZE = (
    int(code)
    for code in (
        ErrorCodes.PROTOCOL_ERROR,
        ErrorCodes.FLOW_CONTROL_ERROR,
        ErrorCodes.STREAM_CLOSED,
        ErrorCodes.FRAME_SIZE_ERROR,
    )
)
_CALM = int(ErrorCodes.ENHANCE_YOUR_CALM)


def _block(*pairs: tuple[str, str], request: Any = GET) -> bytes:
    """A field list, without touching the table that both sides share."""
    encoder = Encoder()
    encoder.header_table_size = 0
    block: bytes = encoder.encode([*request, *pairs], huffman=False)
    return block


def _headers(number: int = 1, block: bytes | None = None, *flags: str) -> HeadersFrame:
    return HeadersFrame(number, _block() if block is None else block, flags=flags or ("END_HEADERS", "END_STREAM"))


def _raw(kind: int, flags: int, number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + number.to_bytes(4, "big") + payload


def _ping(number: int = 0) -> bytes:
    return PingFrame(0, number.to_bytes(8, "big")).serialize()


class _Case(SynchronousTestCase):
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


class ConnectionTests(_Case):
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
        self.assertEqual(user.ended, _PROTOCOL)
        self.assertTrue(user.transport.disconnecting)
        user = User(greet=False)
        user.connection.dataReceived(PREFACE + _headers().serialize())
        self.assertEqual(user.exchanges, [])
        self.assertTrue(user.transport.disconnecting)

    def test_unknown(self) -> None:
        """Frames, settings and flags that nobody knows are passed over."""
        user = User()
        user.raw(_raw(0xFF, 0, 0, b"x"), SettingsFrame(0, {0xFF: 1}), _raw(6, 0x16, 0, bytes(8)))
        self.assertEqual([frame.flags for frame in user.frames if isinstance(frame, PingFrame)], [{"ACK"}])
        self.assertIsNone(user.ended)
        self.failsWith(_PROTOCOL, _headers(1, None, "END_STREAM"), _raw(0xFF, 0, 1, b"x"))

    def test_sizes(self) -> None:
        """Frames are no longer than we have said, and those of a fixed length have it."""
        self.failsWith(_SIZE, _raw(0, 0, 1, bytes(16385)), first=[_headers(1, None, "END_HEADERS")])
        self.failsWith(_SIZE, _raw(1, 5, 1, bytes(16385)))
        for frame in (
            _raw(6, 0, 0, bytes(6)),
            _raw(3, 0, 1, bytes(3)),
            _raw(4, 0, 0, bytes(3)),
            _raw(4, 1, 0, bytes(6)),
            _raw(8, 0, 0, bytes(3)),
            _raw(2, 0, 1, bytes(4)),
        ):
            self.failsWith((_SIZE, _PROTOCOL), frame, first=[_headers(1, None, "END_HEADERS")])

    def test_ping(self) -> None:
        """Pings are answered, unless they are answers; they belong to no stream."""
        user = User()
        user.raw(PingFrame(0, b"12345678"), PingFrame(0, b"87654321", flags=("ACK",)))
        self.assertEqual([event.ping_data for event in user.of(PingAckReceived)], [b"12345678"])
        self.failsWith(_PROTOCOL, _raw(6, 0, 1, bytes(8)))

    def test_settings(self) -> None:
        """Settings have values that they may have, and belong to no stream."""
        for code, value, error in ((2, 2, _PROTOCOL), (4, 2**31, _FLOW), (5, 16383, _PROTOCOL), (5, 2**24, _PROTOCOL)):
            self.failsWith(error, SettingsFrame(0, {code: value}))
        self.failsWith(_PROTOCOL, _raw(4, 0, 1, bytes(6)))

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
        user.connection.dataReceived(_headers(3).serialize())
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


class StreamTests(_Case):
    """The streams (5.1, 6.1 to 6.4, 6.9, 6.10)."""

    def test_idle(self) -> None:
        """Nothing but a head begins a stream."""
        for frame in (DataFrame(1, b"x"), RstStreamFrame(1), WindowUpdateFrame(1, 1), ContinuationFrame(1)):
            self.failsWith(_PROTOCOL, frame)
        user = User()
        user.raw(PriorityFrame(1, depends_on=0, stream_weight=1))
        self.assertIsNone(user.ended)

    def test_halfClosed(self) -> None:
        """A request that has ended is not gone on with."""
        for frame in (DataFrame(1, b"x"), _headers(), ContinuationFrame(1, flags=("END_HEADERS",))):
            self.failsWith((_CLOSED, _PROTOCOL), frame, first=[_headers()])

    def test_closed(self) -> None:
        """Nor is one that was reset."""
        for frame in (DataFrame(1, b"x"), _headers()):
            self.failsWith((_CLOSED, _PROTOCOL), frame, first=[_headers(), RstStreamFrame(1)])

    def test_numbers(self) -> None:
        """Streams of users have odd numbers, each higher than the last."""
        self.failsWith(_PROTOCOL, _headers(2))
        self.failsWith((_PROTOCOL, _CLOSED), _headers(3), first=[_headers(5)])
        for frame in (_raw(0, 0, 0, b"x"), _raw(1, 5, 0, _block()), _raw(2, 0, 0, bytes(5)), _raw(3, 0, 0, bytes(4))):
            self.failsWith(_PROTOCOL, frame)

    def test_padding(self) -> None:
        """Padding is no longer than its frame."""
        self.failsWith(_PROTOCOL, _raw(0, 9, 1, b"\x06hello"), first=[_headers(1, None, "END_HEADERS")])
        self.failsWith(_PROTOCOL, _raw(1, 13, 1, b"\xff" + _block()))

    def test_padded(self) -> None:
        """Padding counts against the windows, and they are given back."""
        user = User()
        user.raw(_headers(1, None, "END_HEADERS"))
        receiver = Receiver()
        user.exchanges[0].receive(receiver)
        for _ in range(2000):
            user.raw(_raw(0, 8, 1, b"\xff" + b"x" + bytes(255)))
            user.clock.advance(1)
        self.assertEqual((len(receiver.body), user.ended), (2000, None))

    def test_itself(self) -> None:
        """No stream depends on itself."""
        self.failsWith(_PROTOCOL, PriorityFrame(1, depends_on=1, stream_weight=1), first=[_headers()])

    def test_continued(self) -> None:
        """A head goes on in frames of its stream and no others."""
        block = _block()
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
            _headers(3),
            ContinuationFrame(3, b"", flags=("END_HEADERS",)),
            PriorityFrame(1, depends_on=0, stream_weight=1),
        ):
            self.failsWith(_PROTOCOL, HeadersFrame(1, block[:9], flags=("END_STREAM",)), frame)

    def test_compression(self) -> None:
        """A field list that cannot be read ends the connection."""
        code = (int(ErrorCodes.COMPRESSION_ERROR), _PROTOCOL)
        self.failsWith(code, _headers(1, b"\x00\xff\xff\xff\xff\xff\xff\xff"))
        self.failsWith(code, _headers(1, b"\xff\x80\x01"))

    def test_windows(self) -> None:
        """Windows do not grow by nothing, nor beyond 2^31-1."""
        self.failsWith(_PROTOCOL, _raw(8, 0, 0, bytes(4)))
        self.failsWith(_PROTOCOL, _raw(8, 0, 1, bytes(4)), first=[_headers()])
        grow = 2**31 - 1
        self.failsWith(_FLOW, WindowUpdateFrame(0, grow), WindowUpdateFrame(0, grow))
        self.failsWith(_FLOW, WindowUpdateFrame(1, grow), WindowUpdateFrame(1, grow), first=[_headers()])
        big = [DataFrame(1, bytes(16384))] * 33
        self.failsWith(_FLOW, _headers(1, None, "END_HEADERS"), *big)

    def test_push(self) -> None:
        """Users do not push."""
        self.failsWith(_PROTOCOL, PushPromiseFrame(1, 2, _block(), flags=("END_HEADERS",)), first=[_headers()])


class RequestTests(_Case):
    """What a request must look like (8.1 to 8.3): a malformed one is reset, and the others go on."""

    def _malformed(self, block: list[tuple[str, str]]) -> None:
        user = User()
        other = user.request(1)
        user.raw(_headers(3, _block(request=block)))
        self.assertEqual((user.resets, len(user.exchanges), user.ended), ([(3, _PROTOCOL)], 1, None), block)
        other.reply(200)
        user.exchange()
        self.assertEqual(len(user.of(ResponseReceived)), 1)

    def test_fields(self) -> None:
        """Names are lower-case tokens, values text, and nothing belongs to HTTP/1 connections."""
        for pair in (
            ("X-Test", "1"),
            ("x test", "1"),
            ("x:test", "1"),
            ("", "1"),
            ("x", "a\r\nb"),
            ("x", "a\x00"),
            ("x", " a"),
            ("x", "a\t"),
            ("connection", "close"),
            ("keep-alive", "1"),
            ("proxy-connection", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("te", "trailers, deflate"),
            ("cookie", "a\nb"),
            ("host", "y.example"),
            (":status", "200"),
            (":test", "1"),
            (":path", "/"),
            (":protocol", "websocket"),
        ):
            self._malformed([*GET, pair])
        self._malformed([*GET, ("host", "x.example"), ("host", "x.example")])
        self._malformed([*GET, *[("x", "")] * 300])

    def test_pseudo(self) -> None:
        """Method, scheme, path and authority are there once, in front, and are what they may be."""
        for index in range(4):
            self._malformed([pair for pair in GET if pair is not GET[index]])
            self._malformed([*GET, GET[index]])
            self._malformed([*GET[:index], (GET[index][0], ""), *GET[index + 1 :]])
            self._malformed([("x", "1"), *GET])
        for name, value in (
            (":method", "G T"),
            (":scheme", "ht tp"),
            (":path", "x"),
            (":path", "*"),
            (":path", "/a b"),
            (":path", "/a\tb"),
            (":path", "http://x/"),
            (":authority", "user@x"),
            (":authority", "x/y"),
            (":authority", "x y"),
        ):
            self._malformed([(key, value if key == name else there) for key, there in GET])

    def test_connect(self) -> None:
        """CONNECT has an authority only, and no protocol of its own: we have not offered that."""
        user = User()
        exchange = user.request(1, [(":method", "CONNECT"), (":authority", "x:443")])
        self.assertEqual((exchange.head.method, exchange.head.target), (b"CONNECT", b"x:443"))
        self._malformed([(":method", "CONNECT"), *GET[1:]])
        self._malformed([(":method", "CONNECT")])
        self._malformed([(":method", "CONNECT"), *GET[1:], (":protocol", "websocket")])

    def test_harmless(self) -> None:
        """A Host in place of an authority, one that says the same, and an asterisk are fine."""
        for block in (
            [GET[0], GET[1], GET[3], ("host", "x.example")],
            [*GET, ("host", "x.example")],
            [(":method", "OPTIONS"), *GET[1:3], (":path", "*")],
        ):
            self.assertEqual(User().request(1, block).head.fields.pairs, [(b"host", b"x.example")])

    def test_length(self) -> None:
        """A body is as long as it says."""
        for length in ("1", "5"):
            self.failsWith(
                _PROTOCOL,
                _headers(1, _block(("content-length", length)), "END_HEADERS"),
                DataFrame(1, b"abc", flags=("END_STREAM",)),
            )
        for length in ("x", "-1", "+3", "3, 3", "9" * 5000):
            user = User()
            user.raw(_headers(1, _block(("content-length", length)), "END_HEADERS"))
            self.assertTrue(user.transport.disconnecting or user.resets == [(1, _PROTOCOL)], length)
            self.assertEqual(user.exchanges, [])

    def test_trailers(self) -> None:
        """Fields behind a body end it, and do not say who is meant or how long it is."""
        for block in ([(":path", "/")], [("X", "1")], [("content-length", "3")], [("te", "trailers")], [("host", "x")]):
            self.failsWith(_PROTOCOL, _headers(1, _block(request=block)), first=[_headers(1, None, "END_HEADERS")])
        self.failsWith(
            _PROTOCOL,
            _headers(1, _block(request=[("x", "1")]), "END_HEADERS"),
            first=[_headers(1, None, "END_HEADERS")],
        )

    def test_brokenBody(self) -> None:
        """Whoever waits for a body hears that it is broken."""
        user = User()
        user.raw(_headers(1, None, "END_HEADERS"))
        receiver = Receiver()
        user.exchanges[0].receive(receiver)
        user.raw(_headers(1, _block(request=[("X", "1")])))
        self.assertEqual((len(receiver.lost), receiver.ends), (1, []))


class HostileTests(_Case):
    """Users who want our time or our memory."""

    def test_rapidReset(self) -> None:
        """Who opens and resets streams in a loop is cut off, and no handler called."""
        user = User()
        number = 1
        while user.ended is None and number < 1000:
            user.raw(_headers(number), RstStreamFrame(number))
            number += 2
        self.assertEqual((user.ended, user.exchanges), (_CALM, []))
        self.assertLess(number, 900)
        self.assertTrue(user.transport.disconnecting)

    def test_slowResets(self) -> None:
        """Who changes their mind now and then is not."""
        user = User()
        for number in range(1, 2001, 2):
            user.raw(_headers(number))
            user.raw(RstStreamFrame(number))
            user.clock.advance(0.1)
        self.assertIsNone(user.ended)

    def test_madeReset(self) -> None:
        """Who makes us reset streams in a loop is cut off, too."""
        user = User()
        number = 1
        while user.ended is None and number < 1000:
            user.raw(_headers(number, _block(("X", "1"))))
            number += 2
        self.assertEqual(user.ended, _CALM)
        self.assertLess(number, 900)

    def test_floods(self) -> None:
        """Pings, settings, empty frames, priorities and unknown frames without an end are too much."""
        data = [_headers(1, None, "END_HEADERS")]
        for frame in (
            PingFrame(0, bytes(8)),
            SettingsFrame(0, {4: 70000}),
            DataFrame(1, b""),
            PriorityFrame(3, depends_on=0, stream_weight=1),
            _raw(0xFF, 0, 0, b"x"),
        ):
            user = User()
            user.raw(*data)
            for _ in range(50):
                if user.ended is None:
                    user.raw(*[frame] * 100)
            self.assertEqual(user.ended, _CALM, frame)

    def test_manyStreams(self) -> None:
        """What is above the number of requests at a time is refused, one by one."""
        user = User()
        for number in range(1, 2 * STREAMS + 11, 2):
            user.raw(_headers(number))
        self.assertEqual(len(user.exchanges), STREAMS)
        self.assertEqual([code for _, code in user.resets], [int(ErrorCodes.REFUSED_STREAM)] * 5)
        user.exchanges[0].reply(200)
        user.raw(_headers(2 * STREAMS + 11))
        self.assertEqual(len(user.exchanges), STREAMS + 1)

    def test_continuations(self) -> None:
        """A head does not go on forever."""
        user = User()
        user.raw(HeadersFrame(1, b"", flags=()))
        for _ in range(100):
            if user.ended is None:
                user.raw(ContinuationFrame(1, bytes(100)))
        self.assertIn(user.ended, (_CALM, _PROTOCOL))

    def test_listSize(self) -> None:
        """A field list is not larger than we have said, however small it was packed."""
        encoder = Encoder()
        block = encoder.encode([*GET, ("x", "y" * 4000)]) + b"\xbe" * 20
        user = User()
        user.raw(_headers(1, block))
        self.assertIn(user.ended, (_CALM, _PROTOCOL))
        self.assertEqual(user.exchanges, [])

    def test_table(self) -> None:
        """A user does not decide how much memory our packing of heads takes."""
        user = User()
        user.raw(SettingsFrame(0, {1: 2**32 - 1}))
        self.assertEqual(user.connection._frames.encoder.header_table_size, 4096)
        user.h2.decoder.max_allowed_table_size = 2**32 - 1
        user.request().reply(200)
        user.exchange()
        self.assertEqual(len(user.of(ResponseReceived)), 1)

    def test_doesNotListen(self) -> None:
        """Who asks on and on, and takes nothing, is dropped."""
        user = User()
        user.answers = lambda exchange: exchange.reply(
            200, Fields([(b"x", b"%d" % exchange.number + bytes(range(33, 127)) * 30)])
        )
        user.connection.pauseProducing()
        for number in range(1, 2001, 2):
            user.connection.dataReceived(_headers(number).serialize())
        self.assertTrue(user.transport.aborted)
        self.assertLess(len(user.transport.value()), 1_100_000)

    def test_longFrame(self) -> None:
        """A frame that is too long is refused when it says so, and not gathered first."""
        user = self.failsWith(_SIZE, b"\x00\x40\x01\x00\x00\x00\x00\x00\x01")
        self.assertTrue(user.transport.disconnecting)

    def test_tinyFrames(self) -> None:
        """Frames of a byte are not kept one by one."""
        user = User()
        user.raw(_headers(1, None, "END_HEADERS"))
        for _ in range(100):
            user.raw(DataFrame(1, b"ab").serialize() * 100)
        (exchange,) = user.exchanges
        self.assertLess(len(exchange.incoming._came), 20)
        receiver = Receiver()
        exchange.receive(receiver)
        self.assertEqual(b"".join(receiver.body), b"ab" * 10000)

    def test_idle(self) -> None:
        """An idle connection is closed in the end, and pings do not keep it."""
        user = User()
        for number in range(IDLE_TIMEOUT):
            user.connection.dataReceived(_ping(number))
            user.clock.advance(1)
        self.assertTrue(user.transport.disconnecting)
        user.clock.advance(CLOSE_TIMEOUT)
        self.assertTrue(user.transport.aborted)
        user.leave()
        self.assertEqual(user.clock.getDelayedCalls(), [])

    def test_silent(self) -> None:
        """A user who waits for a response is asked for a sign of life, and dropped when none comes."""
        user = User()
        receiver = Receiver()
        user.request().receive(receiver)
        for _ in range(40):
            user.clock.advance(IDLE_TIMEOUT / 4)
            user.exchange()
        self.assertGreater(len(user.of(PingReceived)), 1)
        self.assertEqual(receiver.lost, [])
        for _ in range(6):
            user.clock.advance(SIGN_TIMEOUT)
        self.assertEqual(len(receiver.lost), 1)
        self.assertTrue(user.transport.disconnecting)

    def test_takesNothing(self) -> None:
        """A response of which no part is taken for long is given up; others are not."""
        user = User()
        first, second = user.request(1), user.request(3)
        receiver, other = Receiver(), Receiver()
        first.receive(receiver)
        second.receive(other)
        first.answer(200)
        first.write(bytes(100_000))
        for _ in range((SLOW_TIMEOUT + 2 * IDLE_TIMEOUT) // 10):
            user.clock.advance(10)
            user.connection.dataReceived(_ping())
            user.exchange()
        self.assertEqual((len(receiver.lost), len(other.lost)), (1, 0))
        self.assertEqual(user.resets, [(1, int(ErrorCodes.CANCEL))])

    @given(
        st.lists(
            st.binary(max_size=40)
            | st.builds(_raw, st.integers(0, 12), st.integers(0, 255), st.integers(0, 7), st.binary(max_size=20))
            | st.sampled_from([_headers(number).serialize() for number in (1, 3, 5)])
            | st.sampled_from([_headers(number, None, "END_HEADERS").serialize() for number in (1, 3, 5)]),
            max_size=12,
        ),
        st.booleans(),
    )
    def test_junk(self, frames: list[bytes], answered: bool) -> None:
        """Whatever is sent is understood or ends the connection; nothing is raised, and nothing is left."""
        user = User()

        def answer(exchange: Any) -> None:
            exchange.receive(Receiver())
            if answered:
                exchange.reply(200, None, b"abc")

        user.answers = answer
        for frame in frames:
            user.connection.dataReceived(frame)
        user.leave()
        self.assertEqual((user.clock.getDelayedCalls(), user.connection._exchanges), ([], {}))
        self.assertEqual(self.flushLoggedErrors(), [])
