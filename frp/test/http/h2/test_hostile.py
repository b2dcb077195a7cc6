"""What peers of HTTP/2 must not do."""

from __future__ import annotations

from typing import Any

from h2.errors import ErrorCodes
from h2.events import (
    PingReceived,
    ResponseReceived,
)
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
)
from hypothesis import given
from hypothesis import strategies as st

from frp.http.h2.connection import CLOSE_TIMEOUT, IDLE_TIMEOUT, SIGN_TIMEOUT, SLOW_TIMEOUT
from frp.http.h2.frames import STREAMS
from frp.test.http.h2.test_connection import CALM, PROTOCOL, SIZE, Case, blockOf, headersFrame, pingFrame, rawFrame
from frp.test.http.h2.user import GET, Receiver, User
from frp.wire.http.fields import Fields


class HostileTests(Case):
    """Users who want our time or our memory."""

    def test_rapidReset(self) -> None:
        """Who opens and resets streams in a loop is cut off, and no handler called."""
        user = User()
        number = 1
        while user.ended is None and number < 1000:
            user.raw(headersFrame(number), RstStreamFrame(number))
            number += 2
        self.assertEqual((user.ended, user.exchanges), (CALM, []))
        self.assertLess(number, 900)
        self.assertTrue(user.transport.disconnecting)

    def test_slowResets(self) -> None:
        """Who changes their mind now and then is not."""
        user = User()
        for number in range(1, 2001, 2):
            user.raw(headersFrame(number))
            user.raw(RstStreamFrame(number))
            user.clock.advance(0.1)
        self.assertIsNone(user.ended)

    def test_madeReset(self) -> None:
        """Who makes us reset streams in a loop is cut off, too."""
        user = User()
        number = 1
        while user.ended is None and number < 1000:
            user.raw(headersFrame(number, blockOf(("X", "1"))))
            number += 2
        self.assertEqual(user.ended, CALM)
        self.assertLess(number, 900)

    def test_floods(self) -> None:
        """Pings, settings, empty frames, priorities and unknown frames without an end are too much."""
        data = [headersFrame(1, None, "END_HEADERS")]
        for frame in (
            PingFrame(0, bytes(8)),
            SettingsFrame(0, {4: 70000}),
            DataFrame(1, b""),
            PriorityFrame(3, depends_on=0, stream_weight=1),
            rawFrame(0xFF, 0, 0, b"x"),
        ):
            user = User()
            user.raw(*data)
            for _ in range(50):
                if user.ended is None:
                    user.raw(*[frame] * 100)
            self.assertEqual(user.ended, CALM, frame)

    def test_manyStreams(self) -> None:
        """What is above the number of requests at a time is refused, one by one."""
        user = User()
        for number in range(1, 2 * STREAMS + 11, 2):
            user.raw(headersFrame(number))
        self.assertEqual(len(user.exchanges), STREAMS)
        self.assertEqual([code for _, code in user.resets], [int(ErrorCodes.REFUSED_STREAM)] * 5)
        user.exchanges[0].reply(200)
        user.raw(headersFrame(2 * STREAMS + 11))
        self.assertEqual(len(user.exchanges), STREAMS + 1)

    def test_continuations(self) -> None:
        """A head does not go on forever."""
        user = User()
        user.raw(HeadersFrame(1, b"", flags=()))
        for _ in range(100):
            if user.ended is None:
                user.raw(ContinuationFrame(1, bytes(100)))
        self.assertIn(user.ended, (CALM, PROTOCOL))

    def test_listSize(self) -> None:
        """A field list is not larger than we have said, however small it was packed."""
        encoder = Encoder()
        block = encoder.encode([*GET, ("x", "y" * 4000)]) + b"\xbe" * 20
        user = User()
        user.raw(headersFrame(1, block))
        self.assertIn(user.ended, (CALM, PROTOCOL))
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
            user.connection.dataReceived(headersFrame(number).serialize())
        self.assertTrue(user.transport.aborted)
        self.assertLess(len(user.transport.value()), 1_100_000)

    def test_longFrame(self) -> None:
        """A frame that is too long is refused when it says so, and not gathered first."""
        user = self.failsWith(SIZE, b"\x00\x40\x01\x00\x00\x00\x00\x00\x01")
        self.assertTrue(user.transport.disconnecting)

    def test_tinyFrames(self) -> None:
        """Frames of a byte are not kept one by one."""
        user = User()
        user.raw(headersFrame(1, None, "END_HEADERS"))
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
            user.connection.dataReceived(pingFrame(number))
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
            user.connection.dataReceived(pingFrame())
            user.exchange()
        self.assertEqual((len(receiver.lost), len(other.lost)), (1, 0))
        self.assertEqual(user.resets, [(1, int(ErrorCodes.CANCEL))])

    @given(
        st.lists(
            st.binary(max_size=40)
            | st.builds(rawFrame, st.integers(0, 12), st.integers(0, 255), st.integers(0, 7), st.binary(max_size=20))
            | st.sampled_from([headersFrame(number).serialize() for number in (1, 3, 5)])
            | st.sampled_from([headersFrame(number, None, "END_HEADERS").serialize() for number in (1, 3, 5)]),
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
