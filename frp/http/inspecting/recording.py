"""Writes down what an observed exchange is about."""

from __future__ import annotations

from collections.abc import Callable

from zope.interface import implementer

from frp.http.inspecting.records import Record, Redaction
from frp.http.observing import IObserver
from frp.values import frozen
from frp.wire.http.fields import Fields

__all__ = ["Recorder"]


@implementer(IObserver)
@frozen(eq=False)
class Recorder:
    """
    @ivar now: the time, as that of the record.
    @ivar over: is called once, when nothing more will come.
    """

    record: Record
    redaction: Redaction
    now: Callable[[], float]
    over: Callable[[Record], object]

    def asked(self, data: bytes) -> None:
        self.record.body.add(data)

    def askedAll(self) -> None:
        self.record.body.ended = True

    def answered(self, status: int, fields: Fields) -> None:
        record = self.record
        record.status = status
        record.responseFields = self.redaction.applied(fields)
        record.answered = self.now() - record.at

    def said(self, data: bytes) -> None:
        self.record.responseBody.add(data)

    def saidAll(self) -> None:
        self.record.responseBody.ended = True

    def explained(self, reason: str) -> None:
        self.record.trouble = reason

    def ended(self, outcome: str) -> None:
        record = self.record
        record.outcome = outcome
        record.took = self.now() - record.at
        self.over(record)
