"""A whole tunnel in memory: a user, two splices with a yamux stream between them, and a service."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from itertools import chain, cycle
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionAborted, ConnectionLost

from frp.interfaces.ending import Ending
from frp.joining.limit import Bucket
from frp.joining.splice import HALF_CLOSED_IDLE, splice
from frp.joining.treatment import PLAIN, Codec, Treatment
from frp.test.session.peers import WINDOW, PairCase, join
from frp.testing.pipe import Pipe
from frp.testing.recording import Recorder
from frp.wire.keys import tokenKey

KEY = tokenKey(b"secret")


class _Noted(Ending):
    """Notes the name of what has ended."""

    def __init__(self, name: str, ended: list[str]) -> None:
        self._name = name
        self._ended = ended

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._ended.append(self._name)


class TunnelCase(PairCase):
    """
    @ivar user: who uses the proxy; @ivar service: what is behind it.
    @ivar ended: which side's splice was done, in order.
    @ivar joins: whether anything is joined yet.
    """

    joins = True

    def begin(
        self, server: Treatment | None = None, client: Treatment | None = None, first: bytes = b"", flowing: int = 1000
    ) -> None:
        """
        Join everything.

        @param flowing: how many bytes the connections of the user and the service hold before they are full.
        """
        self.users, self.services = Pipe(flowing), Pipe(flowing)
        self.user, self.service = Recorder(), Recorder()
        join(self.users.client, self.user)
        join(self.services.server, self.service)
        near, far = self.opened()
        self.near, self.far = near.transport, far.transport
        self.near.pauseProducing()
        self.far.pauseProducing()
        self.ended: list[str] = []
        self.join("server", server, b"")
        self.join("client", client, first)
        self.settle()

    def _stop(self) -> None:
        for pipe in (self.users, self.services):
            for end in (pipe.client, pipe.server):
                end.lose(ConnectionLost())
        super()._stop()

    def join(self, name: str, treatment: Treatment | None, first: bytes) -> None:
        """One splice."""
        if not self.joins:
            return
        plain, stream = (self.users.server, self.far) if name == "server" else (self.services.client, self.near)
        stream.unread(first)
        ending = _Noted(name, self.ended)
        splice(plain, stream, treatment or Treatment(), clock=self.clock, log=self.lines.log, ending=ending)

    def settle(self) -> None:
        """Carry everything, everywhere."""
        moved = True
        while moved:
            moved = self.users.pump()
            moved = self.pipe.pump() or moved
            moved = self.services.pump() or moved

    def say(self, who: Recorder, data: bytes) -> None:
        """Somebody writes."""
        who.transport.write(data)
        self.settle()

    def assertOver(self) -> None:
        """Everything is gone, and was said to be, once."""
        self.assertEqual(sorted(self.ended), ["client", "server"])
        self.assertTrue(self.users.server.lost)
        self.assertTrue(self.services.client.lost)
        self.assertEqual((len(self.client), len(self.server)), (0, 0))
        self.assertEqual(len(self.clock.getDelayedCalls()), 2, "only the sessions' own")


class WayTests(TunnelCase):
    """Bytes."""

    def test_bothWays(self) -> None:
        """What one says the other hears."""
        self.begin()
        self.say(self.user, b"question")
        self.say(self.service, b"answer")
        self.assertEqual((self.service.received, self.user.received), (b"question", b"answer"))

    def test_first(self) -> None:
        """What the user had sent before the service was there comes first."""
        self.begin(first=b"early ")
        self.say(self.user, b"bird")
        self.assertEqual(self.service.received, b"early bird")

    def test_firstIsTreated(self) -> None:
        """Those bytes came through the stream: they are decoded like the others."""
        outgoing = Codec.make(KEY, True).outgoing
        assert outgoing is not None
        self.begin(client=Treatment(KEY, True), first=outgoing(b"early"))
        self.assertEqual(self.service.received, b"early")

    def test_nothingStandsBetween(self) -> None:
        """Where nothing is enabled, what one transport receives is the other's write itself."""
        self.begin()
        self.assertIs(Treatment().codec(), PLAIN)
        received: Callable[..., object] = self.far.protocol.dataReceived
        self.assertEqual(received, self.users.server.write)

    @given(
        key=st.sampled_from([None, KEY]),
        compress=st.booleans(),
        limit=st.sampled_from(["", "server", "client"]),
        sizes=st.lists(st.tuples(st.booleans(), st.integers(1, 70_000)), min_size=1, max_size=6),
        cuts=st.lists(st.integers(1, 5000), min_size=1, max_size=5),
    )
    def test_treatments(
        self, key: bytes | None, compress: bool, limit: str, sizes: list[tuple[bool, int]], cuts: list[int]
    ) -> None:
        """Encrypted, compressed, limited here or there, and cut anywhere: the same bytes arrive, then the end."""
        self.setUp()
        bucket = Bucket(20_000) if limit else None
        self.begin(
            Treatment(key, compress, bucket if limit == "server" else None),
            Treatment(key, compress, bucket if limit == "client" else None, limitWire=True),
        )
        said = {self.user: b"", self.service: b""}
        random = Random(1)
        for fromUser, size in sizes:
            who = self.user if fromUser else self.service
            data = random.randbytes(size // 2) + bytes(size - size // 2)
            said[who] += data
            who.transport.write(data)
        self.users.pump(chain(cuts, cycle([10_000])))
        self.pipe.pump(chain(cuts, cycle([10_000])))
        self.user.transport.loseWriteConnection()
        self.service.transport.loseWriteConnection()
        for _ in range(300):
            self.settle()
            self.clock.advance(0.25)
        self.assertTrue(self.service.received == said[self.user])
        self.assertTrue(self.user.received == said[self.service])
        self.assertTrue(self.service.ended and self.user.ended)
        self.assertOver()
        self._stop()

    def test_limited(self) -> None:
        """A limit holds: so many bytes a second, after one second's worth at once."""
        for side in ("server", "client"):
            limited = Treatment(bucket=Bucket(1000), limitWire=side == "client")
            self.begin(limited if side == "server" else None, limited if side == "client" else None)
            self.say(self.service, bytes(5000))
            self.spend(2)
            self.settle()
            self.assertTrue(2900 <= len(self.user.received) <= 3200, len(self.user.received))
            self.spend(4)
            self.settle()
            self.assertEqual(len(self.user.received), 5000)


class PressureTests(TunnelCase):
    """A slow side pauses the fast one."""

    def flood(self, who: Recorder, total: int) -> int:
        """Somebody writes as long as the connection takes it. @return: how much that was."""
        data = bytes(range(256)) * 256
        start = sum(who.transport.writes)  # type: ignore[attr-defined]
        while sum(who.transport.writes) - start < total:  # type: ignore[attr-defined]
            if len(who.transport.wire) > 1 << 20:  # type: ignore[attr-defined]
                break
            self.say(who, data)
        return sum(who.transport.writes) - start  # type: ignore[attr-defined]

    def test_slowUser(self) -> None:
        """A user who does not read holds up the service after one window, and in the end misses nothing."""
        self.begin()
        self.users.client.pauseProducing()
        said = self.flood(self.service, 100 << 20)
        self.assertTrue(WINDOW <= said <= WINDOW + (3 << 20), said)
        self.assertTrue(self.services.client.paused)
        self.say(self.user, b"still speaking")
        self.assertEqual(self.service.received, b"still speaking")
        self.users.client.resumeProducing()
        self.settle()
        self.assertTrue(self.user.received == bytes(range(256)) * (said // 256))

    def test_slowService(self) -> None:
        """The same the other way round, with everything enabled."""
        self.begin(Treatment(KEY, True, Bucket(1 << 30)), Treatment(KEY, True))
        self.services.server.pauseProducing()
        data = Random(1).randbytes(16 << 20)
        for start in range(0, len(data), 1 << 16):
            self.say(self.user, data[start : start + (1 << 16)])
        self.assertTrue(self.users.server.paused)
        self.assertGreater(len(self.users.client.wire), 8 << 20)
        self.services.server.resumeProducing()
        self.settle()
        self.assertTrue(self.service.received == data)

    def test_slowAndEnding(self) -> None:
        """Who ends while the other side is slow is heard to the last byte."""
        self.begin()
        self.users.client.pauseProducing()
        said = self.flood(self.service, WINDOW // 2)
        self.service.transport.loseConnection()
        self.settle()
        self.users.client.resumeProducing()
        self.settle()
        self.assertEqual((len(self.user.received), self.user.ended), (said, True))


class DamageTests(TunnelCase):
    """Peers whose bytes make no sense."""

    def test_garbage(self) -> None:
        """Garbage where compressed bytes are due ends that connection with one line, and no other."""
        for treatment in (
            Treatment(None, True),
            Treatment(KEY, True),
            Treatment(KEY, True, Bucket(50)),
            Treatment(KEY, True, Bucket(50), limitWire=True),
        ):
            self.lines.texts.clear()
            other, otherFar = self.opened()
            self.begin(server=treatment)
            self.say(self.service, b"this was never compressed" * 40)
            self.spend(120)
            self.settle()
            self.assertEqual(len(self.lines.texts), 1, self.lines.texts)
            self.assertIn("the connection ends: ", self.lines.texts[0])
            self.assertEqual(sorted(self.ended), ["client", "server"])
            self.assertTrue(self.user.ended)
            other.transport.write(b"hello")
            self.pipe.pump()
            self.assertEqual(otherFar.received, b"hello")

    def test_cutShort(self) -> None:
        """A stream that ends inside a compressed chunk is no end, but damage."""
        outgoing = Codec.make(None, True).outgoing
        assert outgoing is not None
        self.begin(server=Treatment(None, True))
        self.say(self.service, outgoing(b"hello")[:-1])
        self.service.transport.loseWriteConnection()
        self.settle()
        self.assertIn("ended inside a chunk", self.lines.texts[0])
        self.assertTrue(self.user.ended)
        self.assertOver()

    def test_wrongKey(self) -> None:
        """Two keys that differ: noise where nothing is compressed, an error where it is."""
        self.begin(Treatment(KEY), Treatment(tokenKey(b"another")))
        self.say(self.user, b"hello" * 10)
        self.assertNotEqual(self.service.received, b"hello" * 10)
        self.begin(Treatment(KEY, True), Treatment(tokenKey(b"another"), True))
        self.say(self.user, b"hello" * 10)
        self.assertEqual(self.service.received, b"")
        self.assertEqual(len(self.lines.texts), 1)


def _bothClose(tunnel: TunnelCase) -> None:
    tunnel.user.transport.loseConnection()
    tunnel.service.transport.loseConnection()


_ENDINGS: dict[str, Callable[[TunnelCase], object]] = {
    "the user closes": lambda tunnel: tunnel.user.transport.loseConnection(),
    "the service closes": lambda tunnel: tunnel.service.transport.loseConnection(),
    "the user resets": lambda tunnel: tunnel.users.server.lose(ConnectionAborted()),
    "the service resets": lambda tunnel: tunnel.services.client.lose(ConnectionAborted()),
    "the stream is reset": lambda tunnel: tunnel.near.abortConnection(),
    "the session is dropped": lambda tunnel: tunnel.server.abort(),
    "both close": _bothClose,
}


class DoneTests(TunnelCase):
    """Somebody waits to hear that it is over."""

    def test_once(self) -> None:
        """Whatever ends first, and whatever is under way, both sides are done, once."""
        bucket = Bucket(1 << 20)
        for name, end in _ENDINGS.items():
            for treatment in (Treatment(), Treatment(KEY, True), Treatment(KEY, True, bucket)):
                self.setUp()
                self.begin(treatment, Treatment(treatment.key, treatment.compress, treatment.bucket, True))
                self.say(self.user, b"hello")
                self.service.transport.write(bytes(50_000))
                end(self)
                self.settle()
                # A user closes when everybody has.
                for recorder in (self.user, self.service):
                    if recorder.ended and not recorder.lost:
                        recorder.transport.loseConnection()
                self.spend(2)
                self.settle()
                self.spend(2 * HALF_CLOSED_IDLE)
                self.assertEqual(sorted(self.ended), ["client", "server"], (name, treatment))
                self._stop()

    def test_letGo(self) -> None:
        """What compression holds is given back at the end of a connection, and not when the collector comes."""
        gc.disable()
        self.addCleanup(gc.enable)
        for bucket in (None, Bucket(1000)):
            treatment = _Watched(bucket=bucket)
            self.setUp()
            self.begin(Treatment(compress=True), treatment)
            self.say(self.user, b"question")
            self.say(self.service, b"answer")
            self.assertEqual((self.service.received, self.user.received), (b"question", b"answer"))
            (held,) = treatment.held
            self.assertIsNotNone(held())
            self.user.transport.loseConnection()
            self.settle()
            self.service.transport.loseConnection()
            self.settle()
            self.assertOver()
            self.assertIsNone(held())
            self._stop()


class _Watched(Treatment):
    """Compresses. @ivar held: what knows whether anything refers to the transforms still."""

    held: list[weakref.ref[Callable[[bytes], bytes]]]

    def codec(self) -> Codec:
        codec = Codec.make(None, True)
        outgoing = codec.outgoing
        assert outgoing is not None

        def transform(data: bytes) -> bytes:
            return outgoing(data)

        object.__setattr__(self, "held", [weakref.ref(transform)])
        return Codec(transform, codec.incoming, codec.finish)
