"""Protocols and logs that remember what they were told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IPullProducer, IPushProducer
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import LogEvent, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IDatagramsProtocol, IStream
from frp.logs import Log

__all__ = ["Joining", "Lines", "Recorder", "Recorders", "Source", "Spring", "WholeRecorder"]


class WholeRecorder(Protocol):
    """
    Remembers what it hears, and that its transport keeps its promises: nothing comes after the end, which comes once.

    A protocol that does not know of half-closing; L{Recorder} does.

    @ivar made: how often the connection was made.
    @ivar received: every byte until now.
    @ivar pieces: how many calls they came in.
    @ivar lost: why it is over, or None.
    @ivar onMade: is called when the connection is made.
    @ivar onData: is called with every piece, after it was remembered.
    """

    transport: IStream

    def __init__(self) -> None:
        self.made = self.pieces = 0
        self.received = bytearray()
        self.lost: BaseException | None = None
        self.onMade: Callable[[], object] = lambda: None
        self.onData: Callable[[bytes], object] = lambda data: None

    def connectionMade(self) -> None:
        self.made += 1
        self.onMade()

    def dataReceived(self, data: bytes) -> None:
        assert self.lost is None, "nothing comes after the end"
        assert data, "no piece is empty"
        self.pieces += 1
        self.received += data
        self.onData(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        assert self.lost is None, "the end comes once"
        assert reason is not None
        self.lost = reason.value


@implementer(IHalfCloseableProtocol, IDatagramsProtocol)
class Recorder(WholeRecorder):
    """
    The same, and knows of half-closing and of datagrams.

    @ivar ended: the other side has said that it sends no more.
    @ivar onEnd: is called when it does.
    @ivar datagrams: all that came beside the bytes.
    """

    datagramSize = 0xFFFF

    def __init__(self) -> None:
        super().__init__()
        self.ended = False
        self.datagrams: list[bytes] = []
        self.onEnd: Callable[[], object] = lambda: None

    def dataReceived(self, data: bytes) -> None:
        assert not self.ended, "nothing comes behind the end of the stream"
        super().dataReceived(data)

    def readConnectionLost(self) -> None:
        assert not self.ended, "the end of the stream comes once"
        assert self.lost is None, "the stream ends before the connection"
        self.ended = True
        self.onEnd()

    def writeConnectionLost(self) -> None:
        """We said so."""

    def datagramsReceived(self, datagrams: Sequence[bytes]) -> int:
        assert self.lost is None, "nothing comes after the end"
        self.datagrams += datagrams
        return len(datagrams)


@implementer(IPushProducer)
class Joining(Recorder):
    """
    A protocol that is its transport's producer, too, as what joins two transports is.

    @ivar told: what it was told as a producer, and the end, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")

    def connectionLost(self, reason: Failure | None = None) -> None:
        super().connectionLost(reason)
        self.told.append("lost")

    def isLost(self) -> bool:
        """Whether it has heard of the end."""
        return "lost" in self.told


@implementer(IPullProducer)
class Spring:
    """
    A producer that gives one piece each time that it is asked, and three in all.

    @ivar left: how many are to come.
    """

    def __init__(self, stream: IStream) -> None:
        self._stream = stream
        self.left = 3

    def resumeProducing(self) -> None:
        self._stream.write(b"%d" % self.left)
        self.left -= 1
        if not self.left:
            self._stream.unregisterProducer()

    def stopProducing(self) -> None:
        """Nobody wants more."""
        self.left = 0


class Recorders(Factory):
    """
    Answers with recorders.

    @ivar built: all of them, the oldest first.
    """

    noisy = False

    def __init__(self, kind: Callable[[], Protocol | None] = Recorder) -> None:
        self.built: list[Any] = []
        self.kind = kind

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        built = self.kind()
        self.built.append(built)
        return built


@implementer(IPushProducer)
class Source:
    """
    A producer that remembers what it was told, and that it was not told the same twice.

    @ivar paused: whether it may not write.
    @ivar pauses: how often it was paused.
    @ivar stopped: whether it was told that nobody wants more.
    @ivar onResume: is called when it may go on.
    """

    def __init__(self) -> None:
        self.paused = self.stopped = False
        self.pauses = 0
        self.onResume: Callable[[], object] = lambda: None

    def pauseProducing(self) -> None:
        """Write no more."""
        assert not self.paused, "it was paused already"
        self.paused = True
        self.pauses += 1

    def resumeProducing(self) -> None:
        """Write again."""
        assert self.paused, "it was not paused"
        self.paused = False
        self.onResume()

    def stopProducing(self) -> None:
        """Never write again."""
        assert not self.stopped, "it was stopped already"
        self.stopped = True


class Lines:
    """
    A log whose lines a test can read.

    @ivar log: give this to what is tested.
    @ivar texts: the lines, without time and level.
    @ivar failures: the failures that were reported as bugs.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.failures: list[Failure] = []
        self.log = Log("test", observer=self._add)

    def _add(self, event: LogEvent) -> None:
        self.texts.append(formatEvent(event))
        if "log_failure" in event:
            self.failures.append(event["log_failure"])
