"""The direction of a yamux stream in which we send."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from frp.session.company import SMALL
from frp.session.half import Half
from frp.session.pace import SMALLEST_SAMPLE, Pace
from frp.session.producers import Slot
from frp.wire.yamux import dataHeader

__all__ = ["MAX_QUEUE", "Outflow"]

T = TypeVar("T")

#: What a protocol without a producer may write ahead of the peer before its stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024


class Outflow(Half, Slot):
    """The window that the peer leaves us, what waits for it or for the carrier, and who writes."""

    if not TYPE_CHECKING:
        __slots__ = ()

    _send: Callable[[bytes, bytes], None]
    _sendWindow: int
    _sendGranted: int  # all that we were ever allowed to send
    _pace: Pace | None  # made when there is something to learn
    _queue: deque[bytes] | None  # written, and waiting for the window or the carrier
    _queued: int
    _closing: bool  # nothing more is written; FIN follows the queue

    def write(self, data: bytes) -> None:
        size = len(data)
        session = self._session
        if size <= self._sendWindow and self._queue is None and not session.blocked and not self._closing:
            self._sendWindow -= size
            if size < SMALL:
                session.company.came()
            if self._ahead:
                self._send(self._ahead + dataHeader(self.id, size), data)
                self._ahead = b""
            elif size:
                self._send(dataHeader(self.id, size), data)
        elif size and not self._closing:
            self._enqueue(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def writeVector(self, head: bytes, body: bytes) -> None:
        self.write(head + body)

    def together(self, act: Callable[[], T]) -> T:
        return self._session.together(act)

    def _enqueue(self, data: bytes) -> None:
        if self._queue is None:
            self._queue = deque()
            if self._session.blocked:
                self._session.stalled(self)
        self._queue.append(data)
        self._queued += len(data)
        # What the window still takes goes now: the peer gives nothing back before it has had something.
        self.flush()
        if self._queue is None:
            return
        if self.producer is not None:
            self._holdProducer()
        elif self._queued > MAX_QUEUE:
            self._session.log.warn(
                "{stream} is dropped: {size} bytes wait for a peer that does not take them",
                stream=self,
                size=self._queued,
            )
            self.abortConnection()

    def flush(self) -> None:
        queue = self._queue
        if queue is None:
            return
        while queue:
            if self._session.blocked:
                self._session.stalled(self)
                return
            window = self._sendWindow
            if window <= 0:
                return
            data = queue.popleft()
            if len(data) > window:
                queue.appendleft(data[window:])
                data = data[:window]
            size = len(data)
            self._queued -= size
            self._sendWindow = window - size
            self._send(self._ahead + dataHeader(self.id, size), data)
            self._ahead = b""
        self._queue = None
        if self._closing:
            self._finish()
        elif self._producerHeld:
            self._tell(self._freeProducer)

    def _finish(self) -> None:
        """The queue is empty, and nothing more is written: FIN."""
        raise NotImplementedError

    def windowUpdated(self, delta: int) -> None:
        """The peer lets us send C{delta} more bytes."""
        self._sendWindow += delta
        self._sendGranted += delta
        if delta >= SMALLEST_SAMPLE:
            self._reconsider(delta)
        if self._queue is not None:
            self.flush()

    def _reconsider(self, delta: int) -> None:
        pace = self._pace
        if pace is None:
            pace = self._pace = Pace()
        session = self._session
        before = pace.reserve
        after = pace.credited(delta, self._sendWindow + before, session, limited=self._queue is not None)
        self._sendWindow += before - after

    def _isFull(self) -> bool:
        return self._queue is not None

    def _takesNoMore(self) -> bool:
        return self._closing

    @property
    def queued(self) -> int:
        """How many bytes wait for the window or the carrier."""
        return self._queued

    @property
    def bytesSent(self) -> int:
        """How many bytes went to the peer."""
        return self._sendGranted - self._sendWindow - (self._pace.reserve if self._pace is not None else 0)
