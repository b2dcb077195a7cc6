"""How TLS ends."""

from __future__ import annotations

from itertools import cycle

from twisted.internet.error import ConnectionDone

from frp.test.sockets.test_tls import Case, HalfTalker, Producer


class EndTests(Case):
    """Closing, in all its ways."""

    def test_halfClose(self) -> None:
        """Who has said all may still hear the answer; when both have, the connection is over."""
        self.join(talker=HalfTalker)
        assert isinstance(self.near, HalfTalker)
        assert isinstance(self.far, HalfTalker)
        self.client.write(b"question")
        self.client.loseWriteConnection()
        self.client.loseWriteConnection()
        self.client.write(b"dropped")
        self.pipe.pump()
        self.assertEqual((b"question", 1), (self.far.text, self.far.readEnded))
        self.assertEqual((1, 0), (self.near.writeEnded, self.near.readEnded))
        self.server.write(b"answer")
        self.pipe.pump()
        self.assertEqual(b"answer", self.near.text)
        self.server.loseWriteConnection()
        self.pipe.pump()
        self.assertEqual(1, self.near.readEnded)
        self.assertIsInstance(self.near.lost, ConnectionDone)
        self.assertIsInstance(self.far.lost, ConnectionDone)

    def test_halfCloseWaitsForProducer(self) -> None:
        """The end of our bytes comes after those of a registered producer."""
        self.join(talker=HalfTalker)
        assert isinstance(self.far, HalfTalker)
        self.server.registerProducer(Producer(), True)
        self.server.loseWriteConnection()
        self.server.write(b"more")
        self.server.unregisterProducer()
        self.pipe.pump()
        assert isinstance(self.near, HalfTalker)
        self.assertEqual((b"more", 1), (self.near.text, self.near.readEnded))

    def test_plainEnd(self) -> None:
        """The end of the raw stream counts as the end, for peers that do not say goodbye."""
        self.join(talker=HalfTalker)
        assert isinstance(self.far, HalfTalker)
        self.client.write(b"bye")
        self.pipe.client.loseConnection()
        self.pipe.pump()
        self.assertEqual((b"bye", 1), (self.far.text, self.far.readEnded))
        self.assertIsNone(self.far.lost)
        self.server.loseConnection()
        self.pipe.pump()
        self.assertIsInstance(self.far.lost, ConnectionDone)

    def test_wholeEnd(self) -> None:
        """A protocol that does not know directions is closed by the end of either."""
        self.join()
        self.client.loseWriteConnection()
        self.pipe.pump()
        self.assertIsInstance(self.far.lost, ConnectionDone)
        self.assertIsInstance(self.near.lost, ConnectionDone)

    def test_abort(self) -> None:
        """Dropping sends no goodbye."""
        self.join()
        written = len(self.pipe.client.writes)
        self.client.abortConnection()
        self.assertTrue(self.pipe.client.aborted)
        self.assertEqual(written, len(self.pipe.client.writes))
        self.client.write(b"x")
        self.client.loseConnection()
        self.pipe.pump()
        self.assertIsNotNone(self.near.lost)
        self.assertIsNotNone(self.far.lost)

    def test_abortWhileReceiving(self) -> None:
        """Who drops the connection in the middle of the last bytes hears no end of the stream besides."""
        self.join(talker=HalfTalker)
        assert isinstance(self.far, HalfTalker)
        self.far.onData = self.server.abortConnection
        self.client.write(b"last words")
        self.client.loseWriteConnection()
        self.pipe.pump()
        self.assertEqual((b"last words", 0), (self.far.text, self.far.readEnded))
        self.assertIsNotNone(self.far.lost)

    def test_loseWhileReceiving(self) -> None:
        """A protocol may close in the middle of what it is told."""
        self.join()
        self.far.onData = self.server.loseConnection
        self.client.write(b"x" * 50000)
        self.pipe.pump(cycle([20000]))
        self.assertEqual(1, len(self.far.heard))
        self.assertIsInstance(self.far.lost, ConnectionDone)
