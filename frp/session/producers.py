"""The place that a consumer has for a producer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.interfaces import IProducer, IPushProducer

__all__ = ["Slot"]


class Slot:
    """
    A base for an L{IConsumer<twisted.internet.interfaces.IConsumer>}: has one producer at a time, pauses it when the
    consumer is full, and resumes it when there is room. One that wants to be asked for each piece is asked while there
    is room.

    It is a base and no part, so that a stream that waits for its user holds no object for it. What derives from it says
    whether it C{_isFull} and whether it C{_takesNoMore}, and calls C{_holdProducer}, C{_freeProducer} and
    C{_endProducer} when that changes.

    @ivar producer: what writes here, if there is one.
    """

    if not TYPE_CHECKING:  # mypy takes it that what derives from this has no more than these
        __slots__ = ()

    producer: IPushProducer | None = None
    _producerHeld = False  # it is paused by us

    def _isFull(self) -> bool:
        """Whether a producer must not write now."""
        return False

    def _takesNoMore(self) -> bool:
        """Whether nothing is taken any more, ever."""
        raise NotImplementedError

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        if self.producer is not None:
            raise RuntimeError(f"{self!r} has a producer, {self.producer!r}")
        if self._takesNoMore():
            producer.stopProducing()
            return
        self._producerHeld = False
        if streaming:
            self.producer = cast(IPushProducer, producer)
        else:
            self.producer = asking = _PullToPush(producer, self)
            asking.startStreaming()
        if self._isFull():
            self._holdProducer()

    def unregisterProducer(self) -> None:
        producer, self.producer = self.producer, None
        self._producerHeld = False
        if isinstance(producer, _PullToPush):
            producer.stopStreaming()

    def _holdProducer(self) -> None:
        if self.producer is not None and not self._producerHeld:
            self._producerHeld = True
            self.producer.pauseProducing()

    def _freeProducer(self) -> None:
        if self.producer is not None and self._producerHeld:
            self._producerHeld = False
            self.producer.resumeProducing()

    def _endProducer(self) -> None:
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()
