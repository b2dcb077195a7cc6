"""The last warnings of the log."""

from __future__ import annotations

from collections.abc import Iterator

from twisted.logger import ILogObserver, LogEvent
from zope.interface import implementer

from frp.cli.view.scene import Note
from frp.logline import ERROR, WARN, levelOf, messageOf

__all__ = ["Notes"]

#: So many different ones are kept.
KEPT = 5


@implementer(ILogObserver)
class Notes:
    """Keeps them; the latest come first. One that is said again takes its own place."""

    def __init__(self) -> None:
        self._kept: dict[str, Note] = {}

    def __call__(self, event: LogEvent) -> None:
        level = event.get("frp_level")
        if level is None:
            level = levelOf(event)
        if level >= WARN:
            text = messageOf(event)
            self._kept.pop(text, None)
            self._kept[text] = Note(event["log_time"], text, level >= ERROR)
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]

    def __iter__(self) -> Iterator[Note]:
        return reversed(self._kept.values())
