"""One port, many protocols."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.strategies import cut, pieces
from frp.testing.pipe import Pipe
from frp.testing.recording import Lines, Recorder, Recorders
from frp.transports.port import Claim, SharedPort

USER = IPv4Address("TCP", "192.0.2.7", 4711)


class Case(SynchronousTestCase):
    """A port on which nothing is claimed yet."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lines = Lines()
        self.port = SharedPort(self.clock, self.lines.log)

    def claim(self, name: str, priority: int, need: int, matches: Callable[[bytes], bool]) -> Recorders:
        """Claim connections. @return: what answers them."""
        answer = Recorders()
        self.port.claim(Claim(name, priority, need, matches, answer))
        return answer

    def dial(self) -> Pipe:
        """Somebody connects; his is the client's end."""
        pipe = Pipe()
        pipe.client.protocol = Recorder()
        pipe.client.protocol.makeConnection(pipe.client)
        pipe.server.protocol = self.port.buildProtocol(USER)
        pipe.server.protocol.makeConnection(pipe.server)
        return pipe

    def say(self, *parts: bytes) -> Pipe:
        """Somebody connects and says this, in these pieces."""
        pipe = self.dial()
        for part in parts:
            pipe.client.write(part)
            pipe.pump()
        return pipe


class SharedPortTests(Case):
    """Who gets a connection."""

    def test_byPriority(self) -> None:
        """Lower priorities are asked first; between equal ones, who needs fewer bytes."""
        asked: list[str] = []

        def note(name: str) -> Callable[[bytes], bool]:
            def matches(first: bytes) -> bool:
                asked.append(name)
                return False

            return matches

        for name, priority, need in [("d", 9, 1), ("c", 1, 3), ("b", 1, 1), ("a", 0, 10)]:
            self.claim(name, priority, need, note(name))
        self.say(b"0123456789")
        self.assertEqual(asked, ["a", "b", "c", "d"])

    @given(st.sampled_from([b"GET /~!frp", b"GET / HTTP/1.1", b"\x16\x03\x01", b"\x00\x01anything"]), cut())
    def test_anyCut(self, said: bytes, marks: list[int]) -> None:
        """However it comes, the same one gets it, and gets every byte."""
        self.setUp()
        claims = [
            self.claim("websocket", 0, 10, lambda first: first.startswith(b"GET /~!frp")),
            self.claim("http", 1, 3, lambda first: first[:3] == b"GET"),
            self.claim("tls", 2, 1, lambda first: first[0] == 0x16),
            self.claim("frp", 9, 1, lambda first: True),
        ]
        said = said.ljust(10, b"!")
        pipe = self.say(*pieces(said, marks))
        (built,) = [recorder for claim in claims for recorder in claim.built]
        self.assertEqual(built.received, said)
        expected = {b"GET /~": 0, b"GET / ": 1, b"\x16\x03\x01!!!": 2, b"\x00\x01anyt": 3}[said[:6]]
        self.assertEqual([len(claim.built) for claim in claims].index(1), expected)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        pipe.server.lose(ConnectionDone())
        self.assertIsInstance(built.lost, ConnectionDone)

    def test_asSoonAsItIsClear(self) -> None:
        """One byte is enough where that decides; the reference waits for ten."""
        answer = self.claim("frp", 9, 1, lambda first: True)
        self.say(b"o")
        self.assertEqual(answer.built[0].received, b"o")

    def test_undecided(self) -> None:
        """Who does not say enough within ten seconds is dropped, with a line."""
        self.claim("websocket", 0, 10, lambda first: False)
        for said in (b"", b"GET"):
            pipe = self.say(said)
            self.clock.advance(9.9)
            self.assertFalse(pipe.server.aborted)
            self.clock.advance(0.2)
            self.assertTrue(pipe.server.aborted)
        self.assertIn("it sent 0 bytes in 10 s", self.lines.texts[0])
        self.assertIn("it sent 3 bytes in 10 s", self.lines.texts[1])

    def test_nobody(self) -> None:
        """What nobody claims is closed at once, and the log shows how it began."""
        self.claim("tls", 2, 1, lambda first: first[0] == 0x16)
        pipe = self.say(b"hello there, is this frp?")
        self.assertTrue(pipe.server.aborted)
        self.assertIn("nothing here answers b'hello there, is '", self.lines.texts[0])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_early(self) -> None:
        """A claim that needs many bytes holds nobody up whose first ones show that it is not meant."""
        long = Recorders()
        self.port.claim(Claim("long", 0, 9, lambda first: first[:9] == b"long line", long, b"long line".startswith))
        short = self.claim("short", 1, 1, lambda first: True)
        self.say(b"s")
        self.say(b"lo")
        self.say(b"lo", b"ng line")
        self.say(b"lo", b"st")
        self.assertEqual([one.received for one in short.built], [b"s", b"lost"])
        self.assertEqual([one.received for one in long.built], [b"long line"])

    def test_refused(self) -> None:
        """Who is claimed by somebody that does not answer is closed."""
        self.port.claim(Claim("frp", 9, 1, lambda first: True, Recorders(lambda: None)))
        self.assertTrue(self.say(b"o").server.aborted)

    def test_gone(self) -> None:
        """Who leaves undecided leaves no timer."""
        self.dial().server.lose(ConnectionDone())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_need(self) -> None:
        """A claim sees between one byte and sixty-four."""
        for need in (0, 65):
            self.assertRaises(ValueError, Claim, "x", 0, need, lambda first: True, Recorders())
