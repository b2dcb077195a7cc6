"""The first message of a connection, and giving a connection on."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import FRPError, RemoteWireError, TunnelLost
from frp.session.greeting import Greeting, handOver
from frp.test.session.peers import join
from frp.test.wire.strategies import cut, messages, pieces
from frp.testing.pipe import Pipe
from frp.testing.recording import Recorder
from frp.wire.dialect import Opening
from frp.wire.frames import encode
from frp.wire.messages import Login, LoginResp, Message, NewWorkConn, Ping, StartWorkConn
from frp.wire.sniff import V2_MAGIC
from frp.wire.v2.dialect import V2
from frp.wire.v2.frames import CLIENT_HELLO, frame


class Case(SynchronousTestCase):
    """A greeting at the server's end of a pipe."""

    def begin(self, **more: Any) -> Greeting:
        """Start to wait."""
        self.clock = Clock()
        self.pipe = Pipe()
        self.transport = self.pipe.server
        self.got: list[tuple[Message, object, bytes]] = []
        self.problems: list[FRPError] = []
        greeting = Greeting(
            lambda message, heard: self.got.append((message, heard.stream, heard.rest)),
            lambda error, transport: self.problems.append(error),
            **more,
        )
        join(self.pipe.client, Recorder())
        join(self.transport, greeting)
        return greeting


class GreetingTests(Case):
    """What comes first."""

    @given(messages(), st.binary(max_size=40), cut())
    def test_anyCut(self, message: Message, rest: bytes, marks: list[int]) -> None:
        """However it is cut, the message comes out, and not one byte behind it is lost."""
        self.begin()
        parts = pieces(encode(message) + rest, marks)
        while not self.got:
            self.transport.protocol.dataReceived(parts.pop(0))
        self.assertEqual(self.got[0][:2], (message, self.transport))
        self.assertEqual(self.got[0][2] + b"".join(parts), rest)
        self.assertTrue(self.transport.paused)

    def test_lostLater(self) -> None:
        """Once the message is given away, the end can be looked up, and what comes with it is no second message."""
        self.begin()
        self.transport.protocol.dataReceived(encode(Ping()))
        self.assertFalse(self.transport.closed)
        self.transport.protocol.dataReceived(encode(Ping()))
        self.transport.lose(ConnectionDone())
        self.assertTrue(self.transport.closed)
        self.assertEqual((len(self.got), self.problems), (1, []))

    def test_deadline(self) -> None:
        """Whoever says nothing, or only half of it, is dropped after ten seconds, and the log says what it was."""
        for said, words in [(b"", "nothing was sent"), (b"w\0\0\0", "a part of it came")]:
            clock = Clock()
            self.begin(clock=clock)
            self.transport.protocol.dataReceived(said)
            clock.advance(9.9)
            self.assertEqual(self.problems, [])
            clock.advance(0.2)
            self.assertTrue(self.transport.aborted)
            (problem,) = self.problems
            self.assertIn("no first message within 10 s", problem.detail)
            self.assertIn(words, problem.detail)

    def test_noDeadlineAfterTheMessage(self) -> None:
        """Once the message has come there is no timer left."""
        clock = Clock()
        self.begin(clock=clock)
        self.transport.protocol.dataReceived(encode(Ping()))
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_stranger(self) -> None:
        """Another protocol is told apart at its first byte, dropped, and named in the log."""
        self.begin(clock=Clock())
        self.transport.protocol.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
        self.assertIsInstance(self.problems[0], RemoteWireError)
        self.assertIn("this looks like an HTTP client", self.problems[0].detail)
        self.assertTrue(self.transport.aborted)
        self.assertEqual(len(self.problems), 1)

    def test_tooLong(self) -> None:
        """A message of gigabytes is refused by its header."""
        self.begin()
        self.transport.protocol.dataReceived(b"o" + (1 << 32).to_bytes(8, "big"))
        self.assertIn("message length exceed the limit", self.problems[0].brief)

    def test_closedBefore(self) -> None:
        """A peer that leaves without a word is told from one that speaks nonsense."""
        clock = Clock()
        self.begin(clock=clock)
        self.transport.lose(ConnectionDone())
        self.assertIsInstance(self.problems[0], TunnelLost)
        self.assertIn("closed before the first message; nothing was sent", self.problems[0].detail)
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_closedAfter(self) -> None:
        """After the message its end is no problem of the greeting."""
        self.begin()
        self.transport.protocol.dataReceived(encode(Ping()))
        self.transport.lose(ConnectionDone())
        self.assertEqual((len(self.got), self.problems), (1, []))

    def test_expected(self) -> None:
        """Where one message can come, any known one is read as that, as the reference does."""
        self.begin(expected=StartWorkConn)
        self.transport.protocol.dataReceived(encode(NewWorkConn(run_id="x")))
        self.assertEqual(self.got[0][0], StartWorkConn())


class V2Tests(Case):
    """What version 2 asks of a greeting."""

    def login(self) -> tuple[Opening, bytes]:
        """@return: a client's end, and what it says."""
        opening = V2.opening(opener=True)
        return opening, opening.first(Login(user="ann"))

    @given(st.binary(max_size=40), cut())
    def test_anyCut(self, rest: bytes, marks: list[int]) -> None:
        """The version is found, the hello answered, and the message given away, however all of it is cut."""
        self.begin()
        opening, said = self.login()
        parts = pieces(said + rest, marks)
        while not self.got:
            self.transport.protocol.dataReceived(parts.pop(0))
        self.assertEqual(self.got[0][:2], (Login(user="ann"), self.transport))
        self.assertEqual(self.got[0][2] + b"".join(parts), rest)
        opening.reader.receive(bytes(self.transport.wire) + V2.encode(LoginResp(run_id="r")))
        self.assertEqual(opening.reader.nextAs(LoginResp), LoginResp(run_id="r"))

    def test_refused(self) -> None:
        """A hello that is refused is answered before the end, which does not destroy the answer."""
        self.begin(clock=Clock())
        self.transport.protocol.dataReceived(V2_MAGIC + frame(CLIENT_HELLO, b"{}"))
        self.assertIn(b'"error":"unsupported message codec"', bytes(self.transport.wire))
        self.assertTrue(self.transport.disconnecting)
        self.assertFalse(self.transport.aborted)
        self.assertEqual([problem.brief for problem in self.problems], ["unsupported message codec"])

    def test_guess(self) -> None:
        """What is wrong in a frame is no reason to guess at another program; what is no frame at all, is."""
        self.begin()
        self.transport.protocol.dataReceived(V2_MAGIC + b"\0\x10\0\1\0\0\0\0")
        self.assertTrue(self.problems[0].detail.endswith("unsupported frame flags: 1"))
        self.assertTrue(self.transport.aborted)
        opening, _ = self.login()
        self.begin(dialect=V2, opening=opening, expected=LoginResp)
        self.transport.protocol.dataReceived(b"HTTP/1.1 400 Bad Request\r\n")
        self.assertIn("this looks like an HTTP server", self.problems[0].detail)

    def test_otherMessage(self) -> None:
        """Where one message can come, another one is refused."""
        opening = V2.opening(opener=True)
        self.begin(dialect=V2, opening=opening, expected=StartWorkConn)
        self.transport.protocol.dataReceived(V2.encode(Ping()))
        self.assertEqual(self.problems[0].brief, "unexpected message type Ping, want StartWorkConn")


class HandOverTests(Case):
    """From one protocol to the next."""

    def test_restComesFirst(self) -> None:
        """The new protocol gets what was left over, then what comes, and the connection flows."""
        self.begin()
        recorder = Recorder()
        self.pipe.client.write(encode(Ping()) + b"left over")
        self.transport.take(1 << 16)
        self.pipe.client.write(b", and more")
        handOver(self.transport, recorder, self.got[0][2])
        self.pipe.pump()
        self.assertEqual((recorder.made, recorder.received), (1, b"left over, and more"))

    def test_holding(self) -> None:
        """A greeting that got its message out of what was left over keeps the connection paused."""
        greeting = self.begin()
        recorder = Recorder()
        join(self.transport, recorder)
        handOver(self.transport, greeting, encode(Ping()) + b"rest")
        self.assertEqual(self.got[0][2], b"rest")
        self.assertTrue(self.transport.paused)

    def test_givenOnAtOnce(self) -> None:
        """A protocol that gives the connection on in the middle: the last one decides whether it flows."""
        last = Greeting(lambda *got: self.got.append(got), lambda *problem: self.fail(str(problem)))
        self.begin()
        first = Recorder()
        first.onData = lambda data: handOver(self.transport, last, bytes(data))
        handOver(self.transport, first, encode(Ping()))
        self.assertIs(self.transport.protocol, last)
        self.assertTrue(self.transport.paused)
