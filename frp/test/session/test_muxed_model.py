"""Two yamux sessions joined by a pipe that cuts, delays and fills up, against a model of what streams promise."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.session.muxed import MuxedSession
from frp.session.stream import MuxedStream
from frp.test.session.peers import WINDOW, join
from frp.testing.pipe import End, Pipe
from frp.testing.recording import Lines, Recorder, Recorders, Source

_PATTERN = Random(1).randbytes(1 << 20)


class Side:
    """
    One end of a stream, as its user sees it.

    @ivar sent: how many bytes were written, from the start of the pattern.
    @ivar finished: whether it may write no more.
    @ivar dropped: whether it was closed or dropped here, so that what arrives is nobody's business.
    """

    other: Side

    def __init__(self, recorder: Recorder, session: MuxedSession) -> None:
        self.recorder = recorder
        self.stream: MuxedStream = recorder.transport  # type: ignore[assignment] # that is what sessions make
        self.session = session
        self.source = Source()
        self.sent = 0
        self.finished = self.dropped = False
        self.stream.registerProducer(self.source, True)
        recorder.onData = self._checked
        if recorder.received:
            self._checked(b"")

    def _checked(self, data: bytes) -> None:
        """What has come is what was written, no more, and in order."""
        size = len(self.recorder.received)
        assert size <= self.other.sent, "nothing comes that was not written"
        assert self.recorder.received[size - len(data) :] == _text(size - len(data), size), "in order"


def _text(start: int, end: int) -> bytes:
    out = b""
    while start < end:
        at = start % len(_PATTERN)
        out += _PATTERN[at : at + end - start]
        start += min(end - start, len(_PATTERN) - at)
    return out


class Sessions(RuleBasedStateMachine):
    """What users of streams do, and what the network does to them."""

    sides = Bundle("sides")

    @initialize(capacity=st.sampled_from([None, 1000, 70_000]))
    def connect(self, capacity: int | None) -> None:
        """A session is made."""
        self.clock = Clock()
        self.lines = Lines()
        self.pipe = Pipe(capacity)
        self.accepted = Recorders()
        self.client = MuxedSession(self.clock, self.lines.log, client=True)
        self.server = MuxedSession(self.clock, self.lines.log, client=False, accept=self.accepted)
        join(self.pipe.client, self.client)
        join(self.pipe.server, self.server)
        self.all: list[Side] = []
        self.ended: list[BaseException] = []
        self.client.lost.addCallback(self.ended.append)
        self.server.lost.addCallback(self.ended.append)

    @rule(target=sides)
    def open(self) -> Any:
        """A stream is opened, and its acceptor made known to the model as soon as it is there."""
        opened: list[Recorder] = []
        self.client.connect(Recorders()).addCallback(opened.append)
        self.pipe.pump()
        near, far = Side(opened[0], self.client), Side(self.accepted.built[-1], self.server)
        near.other, far.other = far, near
        self.all += [near, far]
        return multiple(near, far)

    @rule(side=sides, size=st.integers(1, 3000) | st.integers(1, 500_000) | st.just(WINDOW + 7))
    def write(self, side: Side, size: int) -> None:
        """Somebody writes, unless the stream has told it to wait."""
        if not side.finished and not side.source.paused:
            start = side.sent
            side.sent += size
            side.stream.write(_text(start, side.sent))

    @rule(side=sides)
    def pause(self, side: Side) -> None:
        """A reader is slow."""
        side.stream.pauseProducing()

    @rule(side=sides)
    def resume(self, side: Side) -> None:
        """A reader goes on."""
        side.stream.resumeProducing()

    @rule(side=sides)
    def widen(self, side: Side) -> None:
        """The stream is in use."""
        side.stream.widen()

    @rule(side=sides)
    def halfClose(self, side: Side) -> None:
        """Somebody has said everything."""
        side.stream.unregisterProducer()
        side.finished = True
        side.stream.loseWriteConnection()

    @rule(side=sides)
    def close(self, side: Side) -> None:
        """Somebody leaves."""
        side.stream.unregisterProducer()
        side.finished = side.dropped = True
        side.stream.loseConnection()

    @rule(side=sides)
    def abort(self, side: Side) -> None:
        """Somebody drops the stream."""
        for end in (side, side.other):
            end.finished = end.dropped = True
        side.stream.abortConnection()

    @rule(steps=st.lists(st.integers(1, 40) | st.integers(1, 100_000), min_size=1, max_size=8), toServer=st.booleans())
    def carry(self, steps: list[int], toServer: bool) -> None:
        """The network carries some pieces one way."""
        end: End = self.pipe.server if toServer else self.pipe.client
        for step in steps:
            end.take(step)

    @rule()
    def settle(self) -> None:
        """The network carries everything."""
        self.pipe.pump()

    @rule(seconds=st.floats(0.001, 1.0))
    def passTime(self, seconds: float) -> None:
        """Time passes; pings are sent, answered in time, and tell the round trip."""
        self.clock.advance(seconds)
        self.pipe.pump()

    @invariant()
    def windowsHold(self) -> None:
        """No window is exceeded, nothing is an error, and what waits is bounded."""
        if not hasattr(self, "client"):
            return
        assert not self.ended, self.ended
        assert not self.lines.texts, self.lines.texts
        for side in self.all:
            assert side.stream.receiveWindow >= 0
            assert sum(map(len, side.stream._held or ())) <= WINDOW

    def teardown(self) -> None:
        """In the end everybody reads, everything arrives, and when all is closed nothing is left."""
        if not hasattr(self, "client"):
            return
        self._finish()
        self.windowsHold()
        for side in self.all:
            self._arrived(side)
        for side in self.all:
            self.halfClose(side)
        self._finish()
        if len(self.client) or len(self.server):
            # Who has left takes no more; whoever still has bytes for it is let go after five minutes.
            assert any(side.dropped for side in self.all)
            for _ in range(340):
                self.clock.advance(1)
                self.pipe.pump()
        assert not len(self.client), self.client
        assert not len(self.server), self.server
        assert self.client._backlog.unacknowledged == 0
        for side in self.all:
            assert side.recorder.lost is not None
            assert side.dropped or side.recorder.ended
        self.client.close()
        self.pipe.pump()
        assert len(self.ended) == 2
        assert self.clock.getDelayedCalls() == []

    def _finish(self) -> None:
        for side in self.all:
            side.stream.resumeProducing()
        self.pipe.pump()

    def _arrived(self, side: Side) -> None:
        if side.dropped:
            return
        assert len(side.recorder.received) == side.other.sent, "all has come"
        if side.other.finished:
            assert side.recorder.ended, "so has the end"


class SessionsTests(SynchronousTestCase):
    """Streams keep their promises, whatever their users and the network do."""

    def test_model(self) -> None:
        """Every stream delivers what was written, in order, then the end; and when all is closed nothing is left."""
        run_state_machine_as_test(Sessions, settings=settings(max_examples=120, stateful_step_count=40))
