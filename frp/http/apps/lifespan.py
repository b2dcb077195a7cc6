"""The start and the end of an ASGI application, which some want to know of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from frp.http.apps.request import ASGI, Event

__all__ = ["Lifespan"]


class Lifespan:
    """
    The C{lifespan} scope of one application, in its loop. One that knows nothing of it is none the worse.

    @ivar started: set when requests may come.
    @ivar failed: whether it cannot answer any.
    @ivar state: what the application has put there for its requests.
    """

    def __init__(self, app: ASGI, tell: Callable[[str], None]) -> None:
        """@param tell: is called with what the application says went wrong."""
        self.started = asyncio.Event()
        self.failed = False
        self.state: Event = {}
        self._app = app
        self._tell = tell
        self._events: asyncio.Queue[str] = asyncio.Queue()
        self._stopped = asyncio.Event()

    async def start(self) -> None:
        """Run the application's scope, until it ends."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._events.put_nowait("lifespan.startup")
        try:
            await self._app(scope, self._receive, self._send)
        except (Exception, SystemExit):
            pass  # the specification's way to say that an application has no such scope
        finally:
            self.started.set()
            self._stopped.set()

    async def stop(self) -> None:
        """It ends; wait until the application has put away what it has."""
        self._events.put_nowait("lifespan.shutdown")
        await self._stopped.wait()

    async def _receive(self) -> Event:
        return {"type": await self._events.get()}

    async def _send(self, event: Event) -> None:
        if event["type"].endswith(".failed"):
            self._tell(event.get("message") or event["type"])
        if event["type"] == "lifespan.startup.failed":
            self.failed = True
        elif event["type"].startswith("lifespan.shutdown."):
            self._stopped.set()
        self.started.set()
