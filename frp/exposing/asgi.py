"""
ASGI 3 applications, in an asyncio loop: that of the program, or one in a thread of its own.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine
from functools import cache
from threading import Thread
from typing import Any
from urllib.parse import unquote

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.exposing.lifespan import Lifespan
from frp.exposing.request import addressOf, fieldsOf, split, wantsContinue
from frp.http.exchange import IExchange, IReceiver
from frp.http.server import HTTPServer
from frp.interfaces import IClientPluginSite
from frp.wire.httpfields import Fields

__all__ = ["ASGIServer"]

#: Bytes of a request's body that may wait for the application, and of a response that may wait for the reactor.
WAITING = 1 << 18


@cache
def _ownLoop() -> AbstractEventLoop:
    """A loop in a thread, for programs whose own does not run while a tunnel is open; it ends with the program."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="frp.expose.asgi", daemon=True).start()
    return loop


class ASGIServer(HTTPServer):
    """
    Answers with an ASGI application: the C{lifespan} and C{http} scopes.

    @ivar loop: where the application runs. The reactor runs in another thread.
    """

    def __init__(self, app: Any, site: IClientPluginSite, loop: AbstractEventLoop | None) -> None:
        super().__init__(self._begin, site.clock, site.log)
        self.app = app
        self.reactor = site.reactor
        self.loop = loop or _ownLoop()
        self.lifespan = Lifespan(app, lambda text: self._log(text))
        self._tasks: set[asyncio.Task[None]] = set()

    def _log(self, text: str) -> None:
        self.reactor.callFromThread(self.log.error, "the application: {text}", text=text)

    def startFactory(self) -> None:
        """Users may come."""
        self.run(self.lifespan.start())

    def stopFactory(self) -> None:
        """No more users come."""
        self.shut()
        self.run(self.lifespan.stop())

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """In the reactor: run it in the loop."""

        def run() -> None:
            task = self.loop.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        if self.loop.is_closed():
            coroutine.close()
        else:
            self.loop.call_soon_threadsafe(run)

    def _begin(self, exchange: IExchange) -> None:
        request = _Request(self, exchange)
        exchange.receive(request)
        self.run(request.run())


@implementer(IReceiver, IPushProducer)
class _Request:
    """One request. Methods in camelCase run in the reactor, those that ASGI names in the loop."""

    def __init__(self, server: ASGIServer, exchange: IExchange) -> None:
        self._server = server
        self._exchange = exchange
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._writable = asyncio.Event()
        self._writable.set()
        self._gone = False
        self._held = self._unsent = 0
        self._paused = False
        self._head: tuple[int, Fields] | None = None
        self._scope = self._scopeOf(exchange)
        if wantsContinue(exchange.head.fields):
            exchange.inform(100)
        exchange.registerProducer(self, True)

    @staticmethod
    def _scopeOf(exchange: IExchange) -> dict[str, Any]:
        head = exchange.head
        path, query = split(head.target)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": head.version.decode("latin-1").partition("/")[2],
            "method": head.method.decode("latin-1"),
            "scheme": "https" if exchange.secure else "http",
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in head.fields],
            "client": addressOf(exchange.peer),
            "server": addressOf(exchange.host),
        }

    # What the reactor tells

    def _tell(self, function: Callable[..., object], *arguments: Any) -> None:
        if not self._server.loop.is_closed():
            self._server.loop.call_soon_threadsafe(function, *arguments)

    def bodyReceived(self, data: bytes) -> None:
        """As L{IReceiver.bodyReceived<frp.http.exchange.IReceiver.bodyReceived>}."""
        self._held += len(data)
        if self._held > WAITING:
            self._exchange.pauseProducing()
        self._tell(self._events.put_nowait, {"type": "http.request", "body": data, "more_body": True})

    def bodyEnded(self, trailers: Fields | None) -> None:
        """As L{IReceiver.bodyEnded<frp.http.exchange.IReceiver.bodyEnded>}."""
        self._tell(self._events.put_nowait, {"type": "http.request", "body": b"", "more_body": False})

    def exchangeLost(self, reason: Failure) -> None:
        """As L{IReceiver.exchangeLost<frp.http.exchange.IReceiver.exchangeLost>}."""
        self._tell(self._left)

    def pauseProducing(self) -> None:
        """The user reads slowly."""
        self._tell(self._flow, True)

    def resumeProducing(self) -> None:
        """It has caught up."""
        self._tell(self._flow, False)

    def stopProducing(self) -> None:
        """It has left."""
        self._tell(self._left)

    def _taken(self, size: int) -> None:
        before, self._held = self._held, self._held - size
        if before > WAITING >= self._held and not self._exchange.over:
            self._exchange.resumeProducing()

    def _send(self, data: bytes, more: bool) -> None:
        exchange = self._exchange
        if exchange.over:
            return
        if not exchange.answered:
            assert self._head is not None
            exchange.answer(*self._head)
        if data:
            exchange.write(data)
            self._tell(self._wrote, len(data))
        if more:
            exchange.flush()
        else:
            exchange.unregisterProducer()
            exchange.finish()

    def _broke(self, failure: Failure | None) -> None:
        if failure is not None:
            self._server.log.failure("the application failed", failure)
        if not self._exchange.over:
            self._exchange.unregisterProducer()
            self._server.fail(self._exchange)

    # What the loop knows

    def _left(self) -> None:
        if not self._gone:
            self._gone = True
            self._events.put_nowait({"type": "http.disconnect"})
            self._writable.set()

    def _flow(self, paused: bool) -> None:
        self._paused = paused
        self._wrote(0)

    def _wrote(self, size: int) -> None:
        self._unsent -= size
        if self._gone or not (self._paused or self._unsent > WAITING):
            self._writable.set()
        else:
            self._writable.clear()

    async def receive(self) -> dict[str, Any]:
        """The next event of the request, as the application asks for it."""
        event = await self._events.get()
        if event["type"] == "http.disconnect":
            self._events.put_nowait(event)
        elif event["body"]:
            self._server.reactor.callFromThread(self._taken, len(event["body"]))
        return event

    async def send(self, event: dict[str, Any]) -> None:
        """The next event of the response."""
        if event["type"] == "http.response.start":
            if self._head is not None:
                raise RuntimeError("http.response.start is sent once")
            self._head = event["status"], fieldsOf(event.get("headers", ()))
        elif event["type"] == "http.response.body":
            if self._head is None:
                raise RuntimeError("http.response.start is sent before http.response.body")
            await self._writable.wait()
            if self._gone:
                # One who does nothing but send would never hear of it, and nobody else would run.
                await asyncio.sleep(0)
            data = bytes(event.get("body", b""))
            self._wrote(-len(data))
            self._over = not event.get("more_body", False)
            self._server.reactor.callFromThread(self._send, data, not self._over)
            if self._over:
                self._events.put_nowait({"type": "http.disconnect"})
        else:
            raise RuntimeError(f"an event {event['type']!r} is not for http")

    _over = False

    async def run(self) -> None:
        """Call the application."""
        failure = None
        try:
            await self._server.lifespan.started.wait()
            await self._server.app({**self._scope, "state": dict(self._server.lifespan.state)}, self.receive, self.send)
        except asyncio.CancelledError:
            pass
        except Exception:
            failure = Failure()
            failure.cleanFailure()  # it goes to another thread
        if failure is not None or not self._over:
            self._server.reactor.callFromThread(self._broke, failure)
