"""Twisted's SSH tells much to its log, one line for each message; of what matters we have our own."""

from __future__ import annotations

from twisted.logger import ILogObserver, LogEvent, Logger
from zope.interface import implementer

__all__ = ["QUIET"]


@implementer(ILogObserver)
class _Nobody:
    def __call__(self, event: LogEvent) -> None:
        pass


QUIET = Logger(namespace="twisted.conch", observer=_Nobody())
