"""What can be told of the process at once: its command line, its threads, and its reactor."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any

__all__ = ["commandLine", "threads", "waiting"]


def commandLine() -> list[str]:
    """@return: the command line, without what is passed in flags: nobody is asked for a password here."""
    shown = sys.argv[:1]
    for word in sys.argv[1:]:
        name, equals, _ = word.partition("=")
        if word.startswith("--"):
            shown.append(f"{name}=***" if equals else name)
        elif word.startswith("-"):
            shown.append(f"{word[:2]}***" if len(word) > 2 else word)
        else:
            shown.append("***")
    return shown


def threads() -> list[str]:
    """@return: the stack of each, as lines."""
    frames = sys._current_frames()
    found = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        found.append(f"thread {thread.ident} [{thread.name}]:")
        found += [line.rstrip("\n") for line in traceback.format_stack(frame)] if frame is not None else []
        found.append("")
    return found


def waiting(reactor: Any) -> list[str]:
    """@return: what a reactor waits for, as lines."""
    calls = sorted(reactor.getDelayedCalls(), key=lambda call: call.getTime())
    now = reactor.seconds()
    # Neither transports nor calls are shown by their repr: those tell what they were given, and that may be a secret.
    found = [f"reactor of process {os.getpid()}: {len(calls)} delayed calls"]
    found += [f"    in {call.getTime() - now:.3f} s: {getattr(call.func, '__qualname__', '?')}" for call in calls]
    for what, ends in (("readers", reactor.getReaders()), ("writers", reactor.getWriters())):
        found.append(f"{len(ends)} {what}")
        found += sorted(f"    {type(end).__module__}.{type(end).__name__}" for end in ends)
    return [*found, ""]
