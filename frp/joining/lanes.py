"""
The two directions of one connection, and all that a proxy does to its bytes on their way.

Both engines stand on them: L{splice<frp.joining.splice.splice>} joins two transports,
L{CodedStream<frp.joining.coded.CodedStream>} a transport and a protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.interfaces import IPushProducer, IReactorTime

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.interfaces.ending import Ending
from frp.joining.limit import Bucket, Throttle
from frp.joining.tally import tallyOf
from frp.joining.treatment import PLAIN, Codec, Transform, Treatment
from frp.logs import Log

__all__ = ["Lane", "Lanes"]

Way = Callable[[bytes], object]


class Lane:
    """
    One direction: from a source, through stages, to a sink.

    @ivar dataReceived: takes the source's bytes. Without a stage it is the sink itself.
    @ivar producer: what the sink's consumer pauses: the source, or the limit behind it. It is paused until somebody
        resumes it.
    """

    __slots__ = ("_throttle", "dataReceived", "producer")

    def __init__(self, source: IPushProducer, sink: Way) -> None:
        self.producer = source
        self.dataReceived = sink
        self._throttle: Throttle | None = None

    def convert(self, transform: Transform, broken: Callable[[RemoteWireError], None]) -> None:
        """
        Put a stage in front of all others.

        @param broken: called, once, with what the transform raises.
        """
        write = self.dataReceived
        sound = True

        def converted(data: bytes) -> None:
            nonlocal sound
            if not sound:
                return
            try:
                data = transform(data)
            except RemoteWireError as error:
                sound = False
                broken(error)
                return
            if data:
                write(data)

        self.dataReceived = converted

    def limit(self, bucket: Bucket, clock: IReactorTime) -> None:
        """The same for a limit. There is no more than one."""
        self._throttle = throttle = Throttle(bucket, clock)
        throttle.attach(self.producer, self.dataReceived, paused=True)
        self.producer = throttle
        self.dataReceived = throttle.dataReceived

    def end(self, ended: Callable[[], object]) -> None:
        """
        The source sends no more.

        @param ended: called when all that was sent has passed; not at all after L{stop}.
        """
        if self._throttle is not None:
            self._throttle.end(ended)
        else:
            ended()

    def stop(self) -> None:
        """Drop what waits for the limit."""
        if self._throttle is not None:
            self._throttle.stop()


class Lanes:
    """
    Between an application and a stream to the peer. Datagrams beside the stream pass here where nothing is done to its
    bytes; elsewhere there are none.

    @ivar toPeer: from the application to the stream.
    @ivar fromPeer: from the stream to the application.
    @ivar bare: whether nothing is done to the bytes.
    @ivar counting: whether they are counted as they pass.
    """

    __slots__ = ("_beside", "_broken", "_finish", "_log", "_stream", "_tally", "bare", "counting", "fromPeer", "toPeer")

    def __init__(
        self,
        toPeer: Lane,
        fromPeer: Lane,
        stream: IStream,
        treatment: Treatment,
        ending: Ending,
        clock: IReactorTime,
        log: Log,
    ) -> None:
        """
        Put what the proxy does on two lanes without any stage.

        @param stream: where the one leads to, and the other comes from.
        @param ending: whether bytes are counted.
        """
        self.toPeer = toPeer
        self.fromPeer = fromPeer
        self._stream = stream
        self._log = log
        self._broken = False
        self._beside = (0, 0)
        self._tally = None
        self.counting = False
        codec, bucket = treatment.codec(), treatment.bucket
        self._finish = codec.finish
        self.bare = codec is PLAIN and bucket is None
        if ending.counts:
            self._tally = tally = tallyOf(stream, transformed=codec is not PLAIN or ending.early)
            ending.counting(self.counts)
            deliver = fromPeer.dataReceived
            fromPeer.dataReceived = tally.receiving(deliver)
            self.counting = fromPeer.dataReceived is not deliver
        if not self.bare:
            self._treat(codec, bucket, treatment.limitWire, clock)
        if self._tally is not None:
            toPeer.dataReceived = self._tally.sending(toPeer.dataReceived)

    def _treat(self, codec: Codec, bucket: Bucket | None, wire: bool, clock: IReactorTime) -> None:
        """From the sinks to the sources: the limit is nearer to the wire, or to the application."""
        for lane, transform, first in (self.toPeer, codec.outgoing, wire), (self.fromPeer, codec.incoming, not wire):
            if bucket is not None and first:
                lane.limit(bucket, clock)
            if transform is not None:
                lane.convert(transform, self.broken)
            if bucket is not None and not first:
                lane.limit(bucket, clock)

    def counts(self) -> tuple[int, int]:
        """@return: the application's bytes to the peer and from it, so far; 0 where nobody counts."""
        if self._tally is None:
            return 0, 0
        (sent, received), beside = self._tally.counts(), self._beside
        return sent + beside[0], received + beside[1]

    def beside(self, sent: Sequence[bytes] = (), received: Sequence[bytes] = ()) -> None:
        """Count datagrams."""
        if self._tally is not None:
            before = self._beside
            self._beside = before[0] + sum(map(len, sent)), before[1] + sum(map(len, received))

    def broken(self, error: RemoteWireError) -> None:
        """The stream's bytes cannot be decoded."""
        if not self._broken:
            self._broken = True
            self._log.warn("the connection ends: {reason}", reason=error.detail)
            self._stream.abortConnection()

    def mayEnd(self) -> bool:
        """
        The peer sends no more.

        @return: whether it may stop there; where it may not, the stream is dropped.
        """
        if self._finish is not None:
            try:
                self._finish()
            except RemoteWireError as error:
                self.broken(error)
                return False
        return True

    def letGo(self) -> None:
        """
        All is over. Compression holds some hundred kilobytes, and what is joined refers to itself: nobody waits for
        the collector.
        """
        self.toPeer.dataReceived = self.fromPeer.dataReceived = ignore
        if not self.bare:
            self.toPeer.stop()
            self.fromPeer.stop()
            self._finish = None


def ignore(data: bytes) -> None:
    """Where bytes go when all is over."""
