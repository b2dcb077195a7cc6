"""How every stream ends."""

from __future__ import annotations

from frp.testing.contracts.connected import Connected
from frp.testing.recording import WholeRecorder

__all__ = ["EndsContract"]


class EndsContract(Connected):
    """Each direction by itself, both in order, or all at once; whichever end does it."""

    def test_halfClose(self) -> None:
        """When we end our direction, all that was written arrives before the end, and we still receive."""
        stream, near, far = self.connected()
        stream.write(b"that is all")
        stream.loseWriteConnection()
        stream.write(b", too late")
        self.until(lambda: far.ended or far.lost)
        self.assertIn(far.received, (b"that is all", b"that is all, too late"))
        if not self.halfCloses:
            return
        far.transport.write(b"still here")
        self.until(lambda: near.received == b"still here")
        far.transport.loseConnection()
        self.until(lambda: near.ended or near.lost)

    def test_peersHalfClose(self) -> None:
        """When the far end has ended its direction, a protocol that knows of that hears it, and may still write."""
        stream, near, far = self.connected()
        far.transport.write(b"that is all")
        far.transport.loseWriteConnection()
        self.until(lambda: near.ended or near.lost)
        self.assertEqual(near.received, b"that is all")
        if self.halfCloses:
            self.assertTrue(near.ended)
            self.assertIsNone(near.lost)
            stream.write(b"still here")
            self.until(lambda: far.received == b"still here")
            stream.loseConnection()
            self.until(lambda: near.lost is not None and (far.ended or far.lost))

    def test_whole(self) -> None:
        """A protocol that does not know of half-closing is at its end when the far end is."""
        near = WholeRecorder()
        stream, _, far = self.connected(near)
        far.transport.write(b"bye")
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None)
        self.assertEqual(near.received, b"bye")
        self.assertTrue(stream.closed)

    def test_close(self) -> None:
        """When we close, all that was written arrives before the end, and we hear of it once. More does no harm."""
        stream, near, far = self.connected()
        self.assertFalse(stream.closed)
        stream.write(b"bye")
        stream.loseConnection()
        self.assertTrue(stream.closed)
        stream.write(b", too late")
        stream.loseConnection()
        stream.loseWriteConnection()
        self.until(lambda: far.ended or far.lost)
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None)
        self.assertIn(far.received, (b"bye", b"bye, too late"))
        self.assertTrue(stream.closed)

    def test_stop(self) -> None:
        """Whoever has it as a producer may stop it: that closes it."""
        stream, near, far = self.connected()
        stream.stopProducing()
        self.assertTrue(stream.closed)
        self.until(lambda: far.ended or far.lost)
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None)

    def test_abort(self) -> None:
        """When we drop it, both ends hear of it, and what is called after that does nothing."""
        stream, near, far = self.connected()
        stream.abortConnection()
        self.assertTrue(stream.closed)
        self.until(lambda: near.lost is not None and far.lost is not None)
        for call in (stream.abortConnection, stream.loseConnection, stream.loseWriteConnection):
            call()
        stream.write(b"too late")
        stream.writeVector(b"too", b"late")
        stream.pauseProducing()
        stream.resumeProducing()
        self.turn()
        self.assertTrue(stream.closed)
        self.assertEqual(far.received, b"")
