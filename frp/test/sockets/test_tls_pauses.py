"""TLS whose reader, or whose peer, pauses."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone

from frp.test.sockets.test_tls import Case, Producer


class PauseTests(Case):
    """Back-pressure."""

    def test_pause(self) -> None:
        """Whoever pauses hears nothing more until resuming, and then everything in order."""
        self.join()
        self.far.onData = lambda: self.server.pauseProducing()
        for number in range(40):
            self.client.write(b"%04d" % number * 4096)
        self.client.loseConnection()
        while self.far.lost is None:
            self.pipe.pump()
            self.assertTrue(self.pipe.server.paused)
            heard = len(self.far.heard)
            self.server.dataReceived(b"")
            self.assertEqual(heard, len(self.far.heard))
            self.server.resumeProducing()
            self.pipe.pump()
        self.assertEqual(b"".join(b"%04d" % number * 4096 for number in range(40)), self.far.text)

    def test_heldWhilePaused(self) -> None:
        """What a raw transport still delivers after it was paused is kept."""
        self.join()
        self.server.pauseProducing()
        self.client.write(b"late")
        data = bytes(self.pipe.client.wire)
        self.pipe.client.wire.clear()
        self.server.dataReceived(data[:7])
        self.server.dataReceived(data[7:])
        self.assertEqual([], self.far.heard)
        self.server.resumeProducing()
        self.assertEqual(b"late", self.far.text)
        self.assertFalse(self.pipe.server.paused)

    def test_endWhilePaused(self) -> None:
        """The end of the stream waits behind the bytes before it."""
        self.join()
        self.far.onData = lambda: self.server.pauseProducing()
        self.client.write(b"last words")
        self.client.loseConnection()
        self.pipe.server.take(1 << 16)
        self.assertEqual(b"last words", self.far.text)
        self.assertFalse(self.pipe.server.disconnecting)
        self.server.resumeProducing()
        self.assertTrue(self.pipe.server.disconnecting)

    def test_producer(self) -> None:
        """A producer is the raw transport's; closing waits for it."""
        self.join()
        producer = Producer()
        self.client.registerProducer(producer, True)
        self.assertIs(producer, self.pipe.client.producer)
        self.client.loseConnection()
        self.client.write(b"still")
        self.assertFalse(self.pipe.client.disconnecting)
        self.client.unregisterProducer()
        self.assertTrue(self.pipe.client.disconnecting)
        self.pipe.pump()
        self.assertEqual(b"still", self.far.text)
        self.client.registerProducer(producer, True)
        self.assertEqual(1, producer.stopped)

    def test_producerOfALostConnection(self) -> None:
        """When the peer goes, the producer is stopped."""
        self.join()
        producer = Producer()
        self.client.registerProducer(producer, True)
        self.server.loseConnection()
        self.pipe.pump()
        self.assertEqual(1, producer.stopped)
        self.assertIsInstance(self.near.lost, ConnectionDone)
