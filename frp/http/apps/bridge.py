"""
Between the reactor, which has the user, and the asyncio loop, which has the application: events one way, bytes the
other, and neither runs ahead of the other for long.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from asyncio import AbstractEventLoop
from collections.abc import Callable

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.apps.request import ASGI, Event
from frp.interfaces import IReactor

__all__ = ["WAITING", "Bridge"]

#: Bytes that may wait for the application, and bytes that may wait for the reactor.
WAITING = 1 << 18


@implementer(IPushProducer)
class Bridge(ABC):
    """
    One scope of an ASGI application. Methods in camelCase run in the reactor, those that begin with C{in} and those
    that ASGI names in the loop.

    @ivar scope: what the application is told.
    @ivar over: whether the application has said all that it has to.
    """

    def __init__(self, reactor: IReactor, loop: AbstractEventLoop, scope: Event, end: Event) -> None:
        """@param end: the event that says that the user has left."""
        self.scope = scope
        self.over = False
        self._reactor = reactor
        self._loop = loop
        self._end = end
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._writable = asyncio.Event()
        self._writable.set()
        self._gone = self._paused = False
        self._held = self._unsent = 0

    @abstractmethod
    def hold(self, held: bool) -> None:
        """Take no more from the user, or go on."""

    @abstractmethod
    def broke(self, failure: Failure | None) -> None:
        """The application has raised, or returned too early."""

    # Towards the loop

    def tell(self, function: Callable[..., object], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def give(self, event: Event, size: int = 0) -> None:
        """@param size: bytes of the user in the event."""
        self._held += size
        if self._held > WAITING >= self._held - size:
            self.hold(True)
        self.tell(self._events.put_nowait, event)

    def _taken(self, size: int) -> None:
        before, self._held = self._held, self._held - size
        if before > WAITING >= self._held:
            self.hold(False)

    def pauseProducing(self) -> None:
        self.tell(self._inFlow, True)

    def resumeProducing(self) -> None:
        self.tell(self._inFlow, False)

    def stopProducing(self) -> None:
        self.tell(self.inLeft)

    def wrote(self, size: int) -> None:
        """So many bytes of the application were written."""
        self.tell(self._inSent, size)

    # In the loop

    def inLeft(self, **more: object) -> None:
        """The user has left."""
        if not self._gone:
            self._gone = True
            self._end = {**self._end, **more}
            self._events.put_nowait(self._end)
            self._writable.set()

    def _inFlow(self, paused: bool) -> None:
        self._paused = paused
        self._inSent(0)

    def _inSent(self, size: int) -> None:
        self._unsent -= size
        if self._gone or not (self._paused or self._unsent > WAITING):
            self._writable.set()
        else:
            self._writable.clear()

    async def inRoom(self, size: int) -> None:
        """Wait until so many bytes may be given to the reactor."""
        await self._writable.wait()
        if self._gone:
            # One who does nothing but send would never hear of it, and nobody else would run.
            await asyncio.sleep(0)
        self._inSent(-size)

    def inReactor(self, function: Callable[..., None], *arguments: object) -> None:
        self._reactor.callFromThread(function, *arguments)

    async def receive(self) -> Event:
        """The next event, as the application asks for it."""
        event = await self._events.get()
        if event is self._end:
            self._events.put_nowait(event)
        size = len(event.get("body") or event.get("bytes") or event.get("text") or b"")
        if size:
            self.inReactor(self._taken, size)
        return event

    @abstractmethod
    async def send(self, event: Event) -> None:
        """The next event of the application."""

    async def run(self, app: ASGI, state: Event) -> None:
        failure = None
        try:
            await app({**self.scope, "state": dict(state)}, self.receive, self.send)
        except asyncio.CancelledError:
            pass
        except (Exception, SystemExit):  # the loop is not the application's to end
            failure = Failure()
            failure.cleanFailure()  # it goes to another thread
        if failure is not None or not self.over:
            self.inReactor(self.broke, failure)
