"""A control channel whose peer does not read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.session.channel import MAX_BEHIND, ControlChannel
from frp.test.session.peers import join
from frp.testing.pipe import Pipe
from frp.testing.recording import Lines, Recorder
from frp.wire.frames import encode
from frp.wire.messages import CloseProxy, Message, NewProxy
from frp.wire.v1 import V1


class PressureTests(SynchronousTestCase):
    """Peers that say much and read nothing."""

    capacity = 1000

    def begin(self, answering: bool = True) -> ControlChannel:
        """A channel that answers every message, and a peer that reads nothing."""
        self.lines = Lines()
        self.handled: list[Message] = []
        self.act: Callable[[Message], Any] = self.handle
        self.lost: list[Failure] = []
        self.pipe = Pipe(self.capacity)
        self.peer = Recorder()
        channel = ControlChannel(
            self.lines.log,
            V1,
            None,
            lambda message: self.act(message),
            self.lost.append,
            Clock(),
            answering=answering,
        )
        join(self.pipe.client, self.peer)
        join(self.pipe.server, channel)
        self.pipe.client.paused = True
        self.channel = channel
        return channel

    def handle(self, message: Message) -> None:
        """Answer a message."""
        self.handled.append(message)
        self.channel.send(message)

    def say(self, count: int) -> None:
        """Say a number of messages, all in one."""
        self.pipe.client.write(b"".join(encode(CloseProxy(proxy_name=f"{i:080}")) for i in range(count)))
        self.pipe.pump()

    def test_notRead(self) -> None:
        """What nobody reads is not made: the rest waits at the peer, and all is answered when it reads, in order."""
        self.begin()
        self.say(5000)
        self.assertLess(len(self.pipe.server.wire), self.capacity + 200)
        self.assertTrue(self.pipe.server.paused)
        self.pipe.client.paused = False
        self.pipe.pump()
        self.assertEqual(self.handled, [CloseProxy(proxy_name=f"{i:080}") for i in range(5000)])
        self.assertEqual(bytes(self.peer.received), b"".join(map(encode, self.handled)))
        self.assertFalse(self.pipe.server.paused)

    def test_alsoSlow(self) -> None:
        """A message whose handling ends before the peer reads, or after, lets nothing through in between."""
        self.begin()
        self.say(20)
        before = len(self.handled)
        slow: Deferred[None] = Deferred()
        self.act = lambda message: self.handled.append(message) or slow  # type: ignore[func-returns-value]
        self.pipe.client.paused = False
        self.pipe.pump()
        self.assertEqual((len(self.handled), self.pipe.server.paused), (before + 1, True))
        self.channel.pauseProducing()
        slow.callback(None)
        self.assertEqual((len(self.handled), self.pipe.server.paused), (before + 1, True))
        self.act = self.handled.append
        self.channel.resumeProducing()
        self.assertEqual((len(self.handled), self.pipe.server.paused), (20, False))

    def test_unasked(self) -> None:
        """What we say without being asked has a bound too: the channel ends, with one line in the log."""
        channel = self.begin()
        for _ in range(MAX_BEHIND // 5000):
            channel.send(NewProxy(proxy_name="x" * 6000))
        self.assertEqual(len(self.lost), 1)
        self.assertTrue(self.pipe.server.aborted)
        self.assertEqual(len(self.lines.texts), 1)
        self.assertIn("wait for a peer that does not read", self.lines.texts[0])

    def test_frpcReads(self) -> None:
        """One of two ends always reads, or both could wait for each other."""
        self.begin(answering=False)
        self.say(100)
        self.assertEqual((len(self.handled), self.pipe.server.paused), (100, False))

    def test_closedWhileFull(self) -> None:
        """A channel that is closed meanwhile ends when the peer has read."""
        channel = self.begin()
        self.say(100)
        channel.close()
        self.assertIsNone(self.pipe.server.producer)
        self.pipe.client.paused = False
        self.pipe.pump()
        self.assertEqual(len(self.lost), 1)
