"""What the process is doing: the nearest to Go's C{/debug/pprof/} that Python has."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Any

import attrs
from zope.interface import implementer

from frp.interfaces import IAdminPartKind, IDashboardPartKind, IWebPart, IWebSite
from frp.web.answers import Answer, text
from frp.web.operations import ANY, PLAIN, Media
from frp.web.serving import WebPart

__all__ = ["Profiles"]

_TEXT = Media("text/plain; charset=utf-8")


@implementer(IDashboardPartKind, IAdminPartKind)
class Profiles:
    """Without a password, as in the reference."""

    def part(self, site: IWebSite) -> IWebPart:
        return WebPart([_Profiles(site)])


@attrs.frozen
class _Profiles:
    _site: IWebSite

    @PLAIN.operation(ANY, "/debug/pprof/", "the names of the profiles", answers=_TEXT, locked=False)
    def names(self) -> str:
        return "/debug/pprof/\n\ncmdline\ngoroutine\n"

    @PLAIN.operation(ANY, "/debug/pprof/cmdline", "the command line, without secrets", answers=_TEXT, locked=False)
    def commandLine(self) -> str:
        return "\0".join(_words())

    @PLAIN.operation(
        ANY, "/debug/pprof/goroutine", "all threads, and what the reactor waits for", answers=_TEXT, locked=False
    )
    def stacks(self) -> str:
        return "\n".join([*_threads(), *_waiting(self._site.reactor)])

    @PLAIN.operation(ANY, "/debug/pprof/{name}", "there is no other", answers=_TEXT, locked=False)
    def unknown(self, name: str) -> Answer:
        return text("Unknown profile\n", 404)


def _words() -> list[str]:
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


def _threads() -> list[str]:
    frames = sys._current_frames()
    found = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        found.append(f"thread {thread.ident} [{thread.name}]:")
        found += [line.rstrip("\n") for line in traceback.format_stack(frame)] if frame is not None else []
        found.append("")
    return found


def _waiting(reactor: Any) -> list[str]:
    calls = sorted(reactor.getDelayedCalls(), key=lambda call: call.getTime())
    now = reactor.seconds()
    # Neither transports nor calls are shown by their repr: those tell what they were given, and that may be a secret.
    found = [f"reactor of process {os.getpid()}: {len(calls)} delayed calls"]
    found += [f"    in {call.getTime() - now:.3f} s: {getattr(call.func, '__qualname__', '?')}" for call in calls]
    for what, ends in (("readers", reactor.getReaders()), ("writers", reactor.getWriters())):
        found.append(f"{len(ends)} {what}")
        found += sorted(f"    {type(end).__module__}.{type(end).__name__}" for end in ends)
    return [*found, ""]
