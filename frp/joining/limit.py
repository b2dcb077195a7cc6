"""The bandwidth limit of a proxy: a token bucket, and what applies it to one direction of one connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from frp.session.tokens import TokenBucket

__all__ = ["Bucket", "Throttle"]


class Bucket(TokenBucket):
    """
    So many bytes a second; one for all connections and both directions of a proxy.

    It holds at most one second's worth. Who takes more than there is goes into debt and is told how long to wait;
    whoever comes next waits longer. So bytes pass in the order in which they asked, and waiting too long now and then
    costs no rate.
    """

    __slots__ = ()

    def __init__(self, rate: int) -> None:
        """@param rate: bytes a second, at least 1."""
        if rate < 1:
            raise ValueError(f"a rate of {rate} bytes a second lets nothing pass")
        super().__init__(rate, rate)

    def available(self, now: float) -> int:
        """How many bytes may pass at once; 0 where there is debt."""
        return max(0, int(self.left(now)))


@implementer(IPushProducer)
class Throttle:
    """
    One direction of one connection under a L{Bucket}: stands between what receives bytes and what they are passed on
    to.

    The producer is paused while bytes wait here, or while the consumer wants a pause; the two reasons are kept apart.
    So at most what came before the pause took effect is held: one read. For the consumer this is the producer:
    C{consumer.registerProducer(throttle, True)}.

    Bytes that have to wait pass in pieces of a tenth of a second's worth, so that slow connections flow evenly and
    share fairly.
    """

    def __init__(self, bucket: Bucket, clock: IReactorTime) -> None:
        self._bucket = bucket
        self._clock = clock
        self._slice = max(1, int(bucket.rate) // 10)
        self._held: deque[bytes] = deque()
        # So many bytes of the first held piece have their tokens, and pass when the timer is gone and the consumer
        # wants them.
        self._paid = 0
        self._timer: IDelayedCall | None = None
        self._producer: IPushProducer | None = None
        self._deliver: Callable[[bytes], object] = _nowhere
        self._ended: Callable[[], object] | None = None
        self._unwanted = False
        self._paused = False
        self._passing = False
        self._stopped = False

    def attach(
        self, producer: IPushProducer, deliver: Callable[[bytes], object], *, paused: bool = False
    ) -> Callable[[bytes], object]:
        """
        Before the first byte.

        @param producer: what L{dataReceived} is fed from.
        @param deliver: gets the bytes that may pass, in order.
        @param paused: the producer is paused already. It stays so until L{resumeProducing}.
        @return: L{dataReceived}.
        """
        self._producer = producer
        self._deliver = deliver
        self._paused = self._unwanted = paused
        return self.dataReceived

    def dataReceived(self, data: bytes) -> None:
        """Bytes of the producer. They pass at once, or later."""
        if data and not self._stopped:
            self._held.append(data)
            self._pass()

    def end(self, ended: Callable[[], object]) -> None:
        """
        No more bytes will come, and the producer is not touched any more.

        @param ended: called once, when all that is held has passed: now, where nothing is. L{stop} forgets it, and a
            later call replaces it.
        """
        self._producer = None
        self._ended = ended
        self._pass()

    def stop(self) -> None:
        """Drop what is held and what may still come; touch the producer no more. Final, and idempotent."""
        self._stopped = True
        self._producer = self._ended = None
        self._deliver = _nowhere
        self._held.clear()
        self._paid = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pauseProducing(self) -> None:
        self._unwanted = True
        self._settle()

    def resumeProducing(self) -> None:
        self._unwanted = False
        self._pass()

    def stopProducing(self) -> None:
        producer = self._producer
        self.stop()
        if producer is not None:
            producer.stopProducing()

    def _pass(self) -> None:
        """
        Deliver what may go now; for the rest, set the timer. Entered once at a time, for C{deliver} may call back
        into this object.
        """
        if self._passing:
            return
        self._passing = True
        try:
            while self._held and self._timer is None and not self._unwanted:
                if self._paid:
                    self._release()
                else:
                    self._pay()
        finally:
            self._passing = False
        self._settle()
        if self._ended is not None and not self._held:
            ended, self._ended = self._ended, None
            ended()

    def _pay(self) -> None:
        now = self._clock.seconds()
        self._paid = min(len(self._held[0]), max(self._slice, self._bucket.available(now)))
        wait = self._bucket.take(self._paid, now)
        if wait > 0:
            self._timer = self._clock.callLater(wait, self._waited)

    def _waited(self) -> None:
        self._timer = None
        self._pass()

    def _release(self) -> None:
        size, self._paid = self._paid, 0
        data = self._held.popleft()
        if size < len(data):
            self._held.appendleft(data[size:])
            data = data[:size]
        self._deliver(data)

    def _settle(self) -> None:
        """Pause or resume the producer, when the two reasons together say something new."""
        pause = self._unwanted or bool(self._held)
        if self._producer is None or pause == self._paused:
            return
        self._paused = pause
        if pause:
            self._producer.pauseProducing()
        else:
            self._producer.resumeProducing()


def _nowhere(data: bytes) -> None:
    """Where bytes go when nobody is attached, or nobody any more."""
