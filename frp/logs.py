"""
The log: loggers that know their subject, and lines in the shape that frp's users and scripts know.

Everything goes through L{twisted.logger}'s global publisher, so any Twisted observer sees it. A call below the level
that was asked for returns before it formats or publishes anything.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import FileIO
from typing import Protocol

from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogBeginner, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.logfile import DailyFile
from frp.logline import COLOURS, DEBUG, ERROR, INFO, PRIORITIES, TRACE, WARN, Level, jsonLine, levelOf, textLine

__all__ = [
    "DEBUG",
    "ERROR",
    "INFO",
    "TRACE",
    "WARN",
    "Level",
    "Log",
    "LogSettings",
    "Observer",
    "hush",
    "setLevel",
    "start",
    "stop",
]


# Twisted has no trace: such events are debug to its observers, and keep their own level for ours in "frp_level".
_TWISTED = (LogLevel.debug, LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error)

# The least level that is let through; a module global because that is the cheapest thing to look at.
_least: int = INFO


class LogSettings(Protocol):
    """The C{log} table of a configuration: C{to} is C{console} or a path, C{maxDays} how long old files are kept."""

    @property
    def to(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def maxDays(self) -> int: ...
    @property
    def disablePrintColor(self) -> bool: ...


class Log:
    """
    A logger with L{twisted.logger}'s C{{name}} formats, whose lines carry the subject as C{[value] } prefixes.

    @ivar namespace: dotted name of the module that logs.
    @ivar prefixes: the values shown before the message, outermost first.
    """

    __slots__ = ("_front", "_names", "_observer", "namespace", "prefixes")

    def __init__(
        self,
        namespace: str,
        prefixes: tuple[str, ...] = (),
        *,
        names: Mapping[str, str] | None = None,
        observer: Callable[[LogEvent], object] = globalLogPublisher,
    ) -> None:
        """
        @param names: which of the prefixes have a name, as C{{name: value}}; JSON lines have a field for each.
        @param observer: where the events go.
        """
        self.namespace = namespace
        self.prefixes = prefixes
        self._observer = observer
        self._names = dict(names or {})
        self._front = "".join(f"[{value}] " for value in prefixes).replace("{", "{{").replace("}", "}}")

    def __repr__(self) -> str:
        return f"<Log {self.namespace} {' '.join(self.prefixes)}>"

    def about(self, *prefixes: str, **named: str) -> Log:
        """
        A child that also says what it is about.

        @param prefixes: shown as C{[value] }.
        @param named: the same, and a field of that name in JSON lines: C{log.about(runId="abc")}.
        """
        return Log(
            self.namespace,
            (*self.prefixes, *prefixes, *named.values()),
            names={**self._names, **named},
            observer=self._observer,
        )

    def enabled(self, level: Level) -> bool:
        """Whether a line of this level would be written: for calls whose arguments cost something."""
        return level >= _least

    def trace(self, format: str, **fields: object) -> None:
        """Say what only a developer of frp wants to know."""
        if _least <= 0:
            self._publish(0, format, fields)

    def debug(self, format: str, **fields: object) -> None:
        """Say what helps to find a fault."""
        if _least <= 1:
            self._publish(1, format, fields)

    def info(self, format: str, **fields: object) -> None:
        """Say what happened."""
        if _least <= 2:
            self._publish(2, format, fields)

    def warn(self, format: str, **fields: object) -> None:
        """Say what did not work and was expected to fail sometimes."""
        if _least <= 3:
            self._publish(3, format, fields)

    def error(self, format: str, **fields: object) -> None:
        """Say what somebody has to look at."""
        self._publish(4, format, fields)

    def failure(self, format: str, failure: Failure | None = None, **fields: object) -> None:
        """
        Report a bug, with its traceback.

        @param failure: what was raised; the exception in flight when it is left out.
        """
        fields["log_failure"] = failure or Failure()
        self._publish(4, format, fields, LogLevel.critical)

    def _publish(self, level: int, format: str, fields: LogEvent, twisted: object = None) -> None:
        caller = sys._getframe(2)
        fields["log_level"] = twisted or _TWISTED[level]
        fields["log_namespace"] = self.namespace
        fields["log_format"] = self._front + format
        fields["log_time"] = time.time()
        fields["log_logger"] = self
        fields["frp_level"] = level
        fields["frp_place"] = (caller.f_code.co_filename, caller.f_lineno)
        fields["frp_subject"] = (self._front, self.prefixes, self._names)
        self._observer(fields)


def setLevel(level: str) -> str:
    """
    Let lines of this level and above through, and no others.

    @param level: as in C{log.level}; anything unknown means info, as in the reference.
    @return: what it was before.
    """
    global _least
    before = Level(_least).name.lower()
    _least = Level.__members__.get(level.upper(), INFO)
    return before


@implementer(ILogObserver)
class Observer:
    """
    Writes one line for each event, at once::

        2006-01-02 15:04:05.000 [I] [server/service.py:42] [run id] [proxy] message
    """

    def __init__(
        self,
        write: Callable[[bytes, float], object],
        *,
        colours: bool = False,
        json: bool = False,
        priorities: bool = False,
        who: str = "",
    ) -> None:
        """
        @param write: takes a whole line, and the time of its event in seconds.
        @param colours: wrap each line, with its end, in the colour of its level: what the reference does.
        @param json: write JSON objects in place of text.
        @param priorities: begin each line, and each of a traceback, with its priority, which the journal takes off.
        @param who: which of several processes says all of it.
        """
        self._write = write
        self._colours = colours and not json
        self._priorities = priorities
        self._shape = jsonLine if json else textLine
        self._who = who

    def __call__(self, event: LogEvent) -> None:
        level = event.get("frp_level")
        if level is None:
            level = levelOf(event)
            if level < _least:
                return
        line = self._shape(event, level, self._who).encode("utf-8", "backslashreplace")
        if self._colours and level:
            line = COLOURS[level] + line + b"\x1b[0m"
        if self._priorities:
            line = b"".join(PRIORITIES[level] + one for one in line.splitlines(keepends=True))
        self._write(line, event["log_time"])


class _Console:
    """Standard output, without a buffer. A reader that went away, or a full disk behind it, must not stop frp."""

    def __init__(self, stream: FileIO) -> None:
        self._stream = stream

    def write(self, line: bytes, when: float) -> None:
        try:
            self._stream.write(line)
        except OSError:
            pass

    def close(self) -> None:
        self._stream.close()


class _File:
    """
    A log file. It is tried again with every line; what it does not take goes to standard error, behind a line that says
    why.
    """

    def __init__(self, settings: LogSettings, *, alone: bool) -> None:
        """@param alone: nobody else writes the log: what the file does not take would be lost."""
        self._path = settings.to
        self._file = DailyFile(settings.to, settings.maxDays)
        self._alone = alone
        self._losing = False
        self.close = self._file.close

    def write(self, line: bytes, when: float) -> None:
        why = self._file.write(line, when)
        news, self._losing = why and not self._losing, bool(why)
        with suppress(AttributeError, OSError, ValueError):  # there may be nobody who hears it
            if news:
                instead = "lines go to standard error until it can" if self._alone else "lines are lost"
                sys.stderr.write(f"WARNING: log.to: {self._path} cannot be written, {instead}: {why.lower()}\n")
            if why and self._alone:
                sys.stderr.write(line.decode())


_running: tuple[Observer, Callable[[], None]] | None = None
_begun = False


def start(
    settings: LogSettings,
    *,
    json: bool | None = None,
    begin: bool = True,
    alone: bool = True,
    who: str = "",
    environ: Mapping[str, str] = os.environ,
) -> Observer:
    """
    Write the log where the configuration wants it, in place of where it went before, with what Twisted itself logs.

    @param json: one JSON object a line; by default when C{FRP_LOG_FORMAT} is C{json} in the environment.
    @param begin: also write what was logged until now; False where somebody else, such as C{twistd}, begins the log.
    @param alone: let lines that a file does not take go to standard error; False where somebody else writes them too,
        or draws there.
    @param who: which of several processes this is.
    @return: the observer, which L{stop} removes.
    """
    global _running, _begun
    stop()
    if json is None:
        json = environ.get("FRP_LOG_FORMAT", "").lower() == "json"
    console = settings.to == "console"
    target = _Console(FileIO(1, "w", closefd=False)) if console else _File(settings, alone=alone)
    colours = console and not settings.disablePrintColor and os.isatty(1)
    priorities = console and _isJournal(environ)
    observer = Observer(target.write, colours=colours, json=json, priorities=priorities, who=who)
    setLevel(settings.level)
    _running = observer, target.close
    if begin and not _begun:
        _begun = True
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    else:
        globalLogPublisher.addObserver(observer)
    return observer


def _isJournal(environ: Mapping[str, str]) -> bool:
    """Whether standard output is what systemd says is its journal."""
    with suppress(OSError):
        about = os.fstat(1)
        return environ.get("JOURNAL_STREAM", "") == f"{about.st_dev}:{about.st_ino}"
    return False


def hush() -> None:
    """
    Write nothing: for commands that do not serve. Without this, Twisted prints failures on standard error, such as that
    of a plugin module that cannot be imported, until somebody begins the log.
    """
    global _begun
    if not _begun:
        _begun = True
        globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


def stop() -> None:
    """Write no more. Does nothing when nothing was started."""
    global _running
    if _running is not None:
        observer, close = _running
        _running = None
        globalLogPublisher.removeObserver(observer)
        close()
