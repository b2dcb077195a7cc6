"""The control channel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, TunnelLost
from frp.session.channel import ControlChannel
from frp.session.greeting import handOver
from frp.session.turns import TURN
from frp.test.session.peers import PairCase, join
from frp.test.wire.strategies import cut, messages, pieces
from frp.testing.pipe import Pipe
from frp.testing.recording import Lines, Recorder
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.frames import encode
from frp.wire.keys import tokenKey
from frp.wire.messages import CloseProxy, Message, NewProxy, Ping
from frp.wire.v1 import V1

TOKEN = b"secret"
KEY = tokenKey(TOKEN)


class Steady(Clock):
    """@ivar later: how many calls were put off."""

    def __init__(self) -> None:
        super().__init__()
        self.later = 0

    def callLater(self, *args: Any, **kwargs: Any) -> Any:
        self.later += 1
        return super().callLater(*args, **kwargs)


class Slow(Steady):
    """Time passes while something is done."""

    def seconds(self) -> float:
        self.rightNow += TURN / 5
        return self.rightNow


class Case(SynchronousTestCase):
    """A channel at the server's end of a pipe, and a recorder at the client's."""

    def begin(
        self,
        token: bytes | None = TOKEN,
        clock: Clock | None = None,
        encrypt: Callable[[bytes], bytes] | None = None,
    ) -> ControlChannel:
        """Start one; C{encrypt} takes the place of what seals its messages."""
        self.lines = Lines()
        self.handled: list[Message] = []
        self.act: Callable[[Message], Any] = self.handle
        self.lost: list[Failure] = []
        self.answers: list[Deferred[Any] | None] = []
        self.pipe = Pipe()
        self.transport = self.pipe.server
        self.peer = Recorder()
        self.encryptor = Encryptor(KEY)
        seal = V1.opening(opener=False).seal(token) if token is not None else None
        if seal is not None and encrypt is not None:
            seal = (encrypt, seal[1])
        channel = ControlChannel(
            self.lines.log, V1, seal, lambda message: self.act(message), self.lost.append, clock or Clock()
        )
        join(self.pipe.client, self.peer)
        join(self.transport, channel)
        return channel

    def handle(self, message: Message) -> Deferred[Any] | None:
        """Remember a message."""
        self.handled.append(message)
        return self.answers.pop(0) if self.answers else None

    def say(self, *messages: Message) -> None:
        """Send messages in one piece."""
        self.pipe.client.write(self.encryptor.encrypt(b"".join(map(encode, messages))))
        self.pipe.pump()


class ChannelTests(Case):
    """Messages both ways."""

    @given(st.lists(messages(), max_size=4), st.booleans(), cut())
    def test_anyCut(self, told: list[Message], encrypted: bool, marks: list[int]) -> None:
        """However they are cut, encrypted or not, the same messages come, in order."""
        channel = self.begin(TOKEN if encrypted else None)
        stream = b"".join(map(encode, told))
        for piece in pieces(self.encryptor.encrypt(stream) if encrypted else stream, marks):
            channel.dataReceived(piece)
        self.assertEqual((self.handled, self.lost), (told, []))

    def test_send(self) -> None:
        """What we say leaves encrypted, and is what the peer reads."""
        channel = self.begin()
        channel.send(Ping())
        channel.send(CloseProxy(proxy_name="web"))
        self.pipe.pump()
        said = Decryptor(KEY).decrypt(bytes(self.peer.received))
        self.assertEqual(said, encode(Ping()) + encode(CloseProxy(proxy_name="web")))

    def test_clear(self) -> None:
        """A channel without a key stays in clear."""
        self.begin(None).send(Ping())
        self.pipe.pump()
        self.assertEqual(self.peer.received, encode(Ping()))

    def test_tooLongToSend(self) -> None:
        """A message that the peer would not take is refused here, and the channel lives."""
        channel = self.begin()
        self.assertRaises(LocalWireError, channel.send, NewProxy(proxy_name="x" * 11000))
        self.assertEqual(self.lost, [])

    def test_usedUp(self) -> None:
        """A key that may seal no more ends the channel, and the log says why; the caller does not hear of it."""

        def encrypt(data: bytes) -> bytes:
            raise TunnelLost("the key is used up", "no more can be said with this key")

        self.begin(encrypt=encrypt).send(Ping())
        self.assertEqual(self.lines.texts, ["the control connection ends: no more can be said with this key"])
        self.assertEqual((len(self.lost), self.transport.aborted, self.transport.writes), (1, True, []))

    def test_wrongToken(self) -> None:
        """Two tokens that differ: one line in the log says so, and the channel ends at once."""
        self.begin(b"another")
        self.say(Ping(), Ping())
        self.assertEqual(len(self.lines.texts), 1)
        self.assertIn("the two sides have different tokens", self.lines.texts[0])
        self.assertEqual(len(self.lost), 1)
        self.assertTrue(self.transport.aborted)

    def test_lost(self) -> None:
        """The end of the connection is told once; nothing can be sent after it."""
        channel = self.begin()
        self.transport.lose(ConnectionDone())
        channel.send(Ping())
        channel.end(Failure(ConnectionDone()))
        channel.close()
        self.assertEqual((len(self.lost), self.pipe.server.writes), (1, []))

    def test_close(self) -> None:
        """Closing flushes what was said before."""
        channel = self.begin()
        channel.send(Ping())
        channel.close()
        self.pipe.pump()
        self.assertEqual(Decryptor(KEY).decrypt(bytes(self.peer.received)), encode(Ping()))
        self.assertEqual(len(self.lost), 1)


class OrderTests(Case):
    """Handling that takes time."""

    def test_oneAtATime(self) -> None:
        """While a message is being handled the transport is paused and the next one waits; then all go on, in order."""
        self.begin()
        slow: Deferred[None] = Deferred()
        self.answers = [slow]
        told = [CloseProxy(proxy_name=str(i)) for i in range(5)]
        self.say(*told)
        self.assertEqual((self.handled, self.transport.paused), (told[:1], True))
        slow.callback(None)
        self.assertEqual((self.handled, self.transport.paused), (told, False))

    def test_chained(self) -> None:
        """A Deferred that has been called but waits for another one is waited for, too."""
        self.begin()
        inner: Deferred[None] = Deferred()
        self.answers = [succeed(None).addCallback(lambda _: inner)]
        self.say(Ping(), Ping())
        self.assertEqual((len(self.handled), self.transport.paused), (1, True))
        inner.callback(None)
        self.assertEqual((len(self.handled), self.transport.paused), (2, False))

    def test_manyAtOnce(self) -> None:
        """Thousands of messages that are handled at once need no stack of thousands of calls."""
        self.begin()
        self.answers = [succeed(None) for _ in range(3000)]
        self.say(*[Ping()] * 3000)
        self.assertEqual(len(self.handled), 3000)

    def test_failures(self) -> None:
        """A handler that fails, sooner or later, is a bug in the log; the next message is handled."""
        self.begin()
        later: Deferred[None] = Deferred()
        self.answers = [fail(ZeroDivisionError()), later]
        self.say(Ping(), Ping(), Ping())
        later.errback(ZeroDivisionError())
        self.assertEqual((len(self.handled), len(self.lines.failures)), (3, 2))

    def test_raises(self) -> None:
        """So is one that raises."""
        self.begin()
        self.act = lambda message: 1 / 0
        self.say(Ping(), Ping())
        self.assertEqual((len(self.lines.failures), self.lost), (2, []))

    def test_endedWhileHandling(self) -> None:
        """When the channel ends meanwhile, nothing more is handled, and nothing is resumed."""
        self.begin()
        slow: Deferred[None] = Deferred()
        self.answers = [slow]
        self.say(Ping(), Ping())
        self.transport.lose(ConnectionDone())
        slow.callback(None)
        self.assertEqual((len(self.handled), len(self.lost)), (1, 1))

    def test_handedOverWithMessages(self) -> None:
        """Messages that came with the login's answer: the first one that takes time pauses the connection for real."""
        channel = self.begin(None)
        slow: Deferred[None] = Deferred()
        self.answers = [slow]
        self.transport.unregisterProducer()
        join(self.transport, Recorder())
        handOver(self.transport, channel, encode(Ping()) * 2)
        self.assertTrue(self.transport.paused)
        slow.callback(None)
        self.assertFalse(self.transport.paused)
        self.assertEqual(len(self.handled), 2)


class StreamTests(PairCase):
    """The same on a yamux stream, which delivers what it holds as soon as it is resumed."""

    def test_pileUp(self) -> None:
        """A client that sends for megabytes ahead of a slow handler is held up, and in the end all was handled."""
        near, far = self.opened()
        handled: list[Message] = []
        slow: list[Deferred[None]] = []

        def handle(message: Message) -> Deferred[None]:
            handled.append(message)
            slow.append(Deferred())
            return slow[-1]

        lost: list[Failure] = []
        channel = ControlChannel(self.lines.log, V1, None, handle, lost.append, Clock())
        handOver(far.transport, channel)
        told = [CloseProxy(proxy_name=f"{i:06}" * 100) for i in range(2000)]
        for message in told:
            near.transport.write(encode(message))
        self.pipe.pump()
        self.assertEqual(len(handled), 1)
        while slow:
            slow.pop().callback(None)
            self.pipe.pump()
        self.assertEqual((handled, lost, self.lines.texts), (told, [], []))


class TurnTests(Case):
    """Messages that take long, all together."""

    said = tuple(CloseProxy(proxy_name=str(number)) for number in range(100))

    def hear(self, channel: ControlChannel, first: int, last: int) -> None:
        """Some of them come."""
        channel.dataReceived(b"".join(map(encode, self.said[first:last])))

    def work(self, clock: Clock, message: Message) -> None:
        """Remember a message, which takes some time."""
        self.handled.append(message)
        clock.rightNow += TURN / 4

    def test_turns(self) -> None:
        """Others have their turn in between; what comes meanwhile waits, and all is handled in its order."""
        clock = Slow()
        channel = self.begin(None, clock)
        self.hear(channel, 0, 60)
        self.assertTrue(self.transport.paused)
        self.assertLess(len(self.handled), 10)
        self.hear(channel, 60, 100)
        clock.advance(0)
        self.assertEqual(tuple(self.handled), self.said)
        self.assertGreater(clock.later, 10)
        self.assertFalse(self.transport.paused)

    def test_singly(self) -> None:
        """
        Messages that come one by one are of one turn when they follow each other at once, as when one read has brought
        many frames; and each has its own when there was time for others in between.
        """
        for between, later in ((0, True), (TURN, False)):
            clock = Steady()
            channel = self.begin(None, clock)
            self.act = partial(self.work, clock)
            for number in range(20):
                clock.rightNow += between
                self.hear(channel, number, number + 1)
            self.assertEqual((clock.later > 0, len(self.handled) < 10), (later, later))
            while clock.calls:
                clock.advance(0)
            self.assertEqual(tuple(self.handled), self.said[:20])

    def test_end(self) -> None:
        """Nothing is handled any more when the channel ends in between."""
        clock = Slow()
        channel = self.begin(None, clock)
        self.hear(channel, 0, 60)
        before = len(self.handled)
        channel.end(Failure(ConnectionDone()))
        self.assertEqual((clock.calls, len(self.handled)), ([], before))

    def test_paused(self) -> None:
        """More than is heard, of a session that has ended and delivers all the same, is no fault of ours."""
        channel = self.begin(None)
        self.answers = [Deferred()]
        many = b"".join(encode(CloseProxy(proxy_name="x" * 900)) for _ in range(40))
        for _ in range(3):
            channel.dataReceived(many)
        self.assertEqual(len(self.handled), 1)
