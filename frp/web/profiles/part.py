"""What is served below C{/debug/pprof/}: the nearest to Go's that Python has."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from twisted.internet.defer import DeferredLock
from twisted.internet.threads import deferToThreadPool
from zope.interface import implementer

from frp.interfaces import IAdminPartKind, IDashboardPartKind, IWebPart, IWebSite
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.operations import ANY, PLAIN, Media
from frp.web.profiles import sampling
from frp.web.profiles.format import Profile
from frp.web.profiles.process import commandLine, threads, waiting
from frp.web.queries import parameter, positive
from frp.web.serving import WebPart

__all__ = ["Profiles"]

_TEXT = Media("text/plain; charset=utf-8")
_PROFILE = Media("application/octet-stream")

_BUSY = {503: "another profile is being made"}

# What Go has besides.
_NONE = ("allocs", "block", "mutex", "threadcreate", "trace")


@implementer(IDashboardPartKind, IAdminPartKind)
class Profiles:
    """Without a password, as in the reference."""

    def part(self, site: IWebSite) -> IWebPart:
        return WebPart([_Profiles(site)])


@frozen
class _Long:
    seconds: int = parameter(positive("seconds", 30, most=120), "How long to look.")


@frozen
class _Profiles:
    """What Go's tools ask for, and what of it there is. One at a time is made."""

    _site: IWebSite
    _making: DeferredLock = attrs.field(factory=DeferredLock, init=False)

    @PLAIN.operation(ANY, "/debug/pprof/", "the names of the profiles", answers=_TEXT, locked=False)
    def names(self) -> str:
        return "/debug/pprof/\n\n" + "".join(
            f"{name}\n" for name in ("cmdline", "goroutine", "heap", "objects", "profile")
        )

    @PLAIN.operation(ANY, "/debug/pprof/cmdline", "the command line, without secrets", answers=_TEXT, locked=False)
    def words(self) -> str:
        return "\0".join(commandLine())

    @PLAIN.operation(
        ANY, "/debug/pprof/goroutine", "all threads, and what the reactor waits for", answers=_TEXT, locked=False
    )
    def stacks(self) -> str:
        return "\n".join([*threads(), *waiting(self._site.reactor)])

    @PLAIN.operation(
        ANY, "/debug/pprof/profile", "what runs, for pprof", refuses=_BUSY, query=_Long, answers=_PROFILE, locked=False
    )
    async def processor(self, query: _Long) -> bytes:
        return (await self._made(sampling.processor, query.seconds)).encode()

    @PLAIN.operation(
        ANY, "/debug/pprof/heap", "objects by type, for pprof", refuses=_BUSY, answers=_PROFILE, locked=False
    )
    async def heap(self) -> bytes:
        return (await self._made(sampling.heap)).encode()

    @PLAIN.operation(ANY, "/debug/pprof/objects", "the same as a table", refuses=_BUSY, answers=_TEXT, locked=False)
    async def objects(self) -> str:
        return _table(await self._made(sampling.heap))

    @PLAIN.operation(ANY, "/debug/pprof/symbol", "names need no table", answers=_TEXT, locked=False)
    def symbol(self) -> str:
        return "num_symbols: 1\n"

    @PLAIN.operation(
        ANY,
        "/debug/pprof/{name}",
        "what Python has not",
        answers=_TEXT,
        refuses={404: "nor Go"},
        locked=False,
    )
    def other(self, name: str) -> str:
        if name not in _NONE:
            raise APIError(404, "Unknown profile")
        return f"{name}: Python has none\n"

    async def _made(self, make: Callable[..., Profile], *arguments: object) -> Profile:
        if self._making.locked:
            raise APIError(503, "another profile is being made")
        reactor = self._site.reactor
        return await self._making.run(deferToThreadPool, reactor, reactor.getThreadPool(), make, *arguments)


def _table(profile: Profile) -> str:
    rows = sorted(profile.samples.items(), key=lambda row: row[1][1], reverse=True)
    return "".join(f"{numbers[1]:>12} bytes {numbers[0]:>9} {stack[0].name}\n" for stack, numbers in rows)
