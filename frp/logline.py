"""
One event of the log as one line, for people or for programs.

An event of L{frp.logs.Log} carries C{frp_level}, C{frp_place} (file and line of the call) and C{frp_subject} (how the
prefixes begin the format; the prefixes; those that have a name). All others are taken as they come.
"""

from __future__ import annotations

import re
import sys
import time
from enum import IntEnum
from json import dumps
from types import FrameType

from twisted.logger import LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure

__all__ = [
    "COLOURS",
    "DEBUG",
    "ERROR",
    "INFO",
    "PRIORITIES",
    "TRACE",
    "WARN",
    "Level",
    "jsonLine",
    "levelOf",
    "messageOf",
    "textLine",
]


class Level(IntEnum):
    """How much a line matters. The names in lower case are what C{log.level} takes."""

    TRACE = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4


TRACE, DEBUG, INFO, WARN, ERROR = Level


COLOURS = (b"", b"\x1b[1;36m", b"\x1b[1;34m", b"\x1b[1;33m", b"\x1b[1;31m")

#: As the journal of systemd takes them, in front of a line.
PRIORITIES = (b"<7>", b"<7>", b"<6>", b"<4>", b"<3>")

# Everything that ends a line, moves the cursor, or shows text in another order than it stands, for some reader.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _clean(text: str) -> str:
    """The text on one line, whatever a peer put into it."""
    return text if text.isprintable() else _UNSAFE.sub(lambda found: repr(found[0])[1:-1], text)


_LEVELS = {LogLevel.debug: DEBUG, LogLevel.info: INFO, LogLevel.warn: WARN}  # and what is above is an error


def levelOf(event: LogEvent) -> int:
    """
    The level of an event that did not come from a L{Log<frp.logs.Log>}. What Twisted says below a warning (factories
    that start, ports that close) is trace to us: our own lines say the same with the proxy's name.
    """
    level = _LEVELS.get(event["log_level"], ERROR)
    own = event.get("log_namespace", "").startswith(("twisted.", "log_legacy"))
    return TRACE if own and level < WARN else level


def _message(event: LogEvent) -> str:
    format = event.get("log_format")
    if "frp_level" in event and isinstance(format, str):
        try:
            return format.format_map(event)
        except Exception:
            pass  # a {call()} or a mistake: Twisted's formatter knows the one and describes the other
    if event.get("log_namespace") == "log_legacy" and event.get("isError"):
        # The text of such an event repeats the traceback. Twisted knows whose it is: the protocol, and from where.
        whose = event.get("system") or "-"
        return str(event.get("why") or "Unhandled error") + ("" if whose == "-" else f" in {whose}")
    return formatEvent(event)


def messageOf(event: LogEvent) -> str:
    """What an event says, on one line."""
    return _clean(_message(event))


def _failureOf(event: LogEvent) -> Failure | None:
    # What came through twisted.python.log has it elsewhere.
    found: Failure | None = event.get("log_failure") or (event.get("failure") if event.get("isError") else None)
    return found


def _traceback(failure: Failure) -> str:
    """The traceback as lines below the message, each indented, so that none can pass for a line of the log."""
    return "".join(f"\n    {_clean(line)}" for line in failure.getTraceback().rstrip().splitlines())


_short: dict[str, str] = {}


def _place(event: LogEvent) -> str:
    """C{dir/file.py:LINE} of the call that logged."""
    path, line = event.get("frp_place") or _foreignPlace(sys._getframe(3))
    name = _short.get(path)
    if name is None:
        name = _short[path] = "/".join(path.rsplit("/", 2)[-2:])
    return f"{name}:{line}"


_MACHINERY = (
    "frp.logs",
    "frp.logline",
    "twisted.logger",
    "twisted.python.log",
    "twisted.python.threadable",
    "warnings",
)


def _foreignPlace(frame: FrameType | None) -> tuple[str, int]:
    """
    Where an event came from that no L{Log} made: the first frame outside the logging machinery. It is there to be
    found, for observers run inside the call.
    """
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_MACHINERY):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "?", 0


_PLAIN = (str, int, float, bool, list, tuple, dict, type(None))


def _rfc3339(when: float) -> str:
    local = time.localtime(when)
    zone = time.strftime("%z", local)
    return time.strftime("%Y-%m-%dT%H:%M:%S", local) + f".{int(when % 1 * 1000):03}{zone[:3]}:{zone[3:]}"


def jsonLine(event: LogEvent, level: int, who: str = "") -> str:
    """
    The event as a JSON object: C{time} (RFC 3339), C{level}, C{logger}, C{place}, C{message}, C{prefixes} and a field
    for each of them that has a name, C{traceback}, and those fields of the event that JSON can say.

    @param who: which of several processes says it, as the field C{process}.
    """
    front, prefixes, names = event.get("frp_subject", ("", (), {}))
    plain = {**event, "log_format": event["log_format"].removeprefix(front)} if front else event
    record: dict[str, object] = {
        "time": _rfc3339(event["log_time"]),
        "level": Level(level).name.lower(),
        "logger": event.get("log_namespace", ""),
        "place": _place(event),
        "message": _message(plain),
    }
    if who:
        record["process"] = who
    if prefixes:
        record["prefixes"] = prefixes
    for name, value in names.items():
        record.setdefault(name, value)
    failure = _failureOf(event)
    if failure is not None:
        record["traceback"] = failure.getTraceback()
    for name, value in event.items():
        if not name.startswith(("log_", "frp_")) and isinstance(value, _PLAIN):
            record.setdefault(name, value)
    return dumps(record, default=str) + "\n"


_second = -1
_stamp = ""


def textLine(event: LogEvent, level: int, who: str = "") -> str:
    """
    The event in the reference's shape; the traceback follows on indented lines.

    @param who: which of several processes says it, as the first of the prefixes.
    """
    global _second, _stamp
    when = event["log_time"]
    second = int(when)
    if second != _second:
        _second, _stamp = second, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
    message = messageOf(event)
    failure = _failureOf(event)
    if failure is not None:
        message += _traceback(failure)
    front = f"[{who}] " if who else ""
    return f"{_stamp}.{int((when - second) * 1000):03} [{'TDIWE'[level]}] [{_place(event)}] {front}{message}\n"
