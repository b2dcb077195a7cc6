"""ASGI 3 applications, in an asyncio loop: that of the program, or one in a thread of its own."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from threading import Lock, Thread

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.apps.bridge import Bridge
from frp.http.apps.lifespan import Lifespan
from frp.http.apps.request import ASGI, Event, applicationFields, checkStatus, scopeOf, wantsContinue
from frp.http.apps.websocket import WebSocket, wantsWebSocket
from frp.http.exchange import IExchange, IReceiver
from frp.http.server import HTTPServer
from frp.interfaces import IClientPluginSite, IReactor
from frp.wire.http.fields import Fields

__all__ = ["ASGIServer"]


class _Own:
    """A loop in a thread, for programs whose own does not run while a tunnel is open; it ends with the program."""

    lock = Lock()
    shared: _Own | None = None

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, name="frp.expose.asgi", daemon=True)
        self.thread.start()


def _ownLoop() -> AbstractEventLoop:
    with _Own.lock:
        own = _Own.shared
        if own is None or not own.thread.is_alive():  # a process that was forked off has no such thread
            _Own.shared = own = _Own()
        return own.loop


class ASGIServer(HTTPServer):
    """
    Answers with an ASGI application: the C{lifespan}, C{http} and C{websocket} scopes.

    @ivar loop: where the application runs. The reactor runs in another thread.
    @ivar putAway: fires when users come no more and the application has put away what it has.
    """

    def __init__(self, app: ASGI, site: IClientPluginSite, loop: AbstractEventLoop | None = None) -> None:
        """@param loop: one that runs in another thread than the reactor; without it there is one for all of these."""
        super().__init__(self._begin, site.clock, site.log)
        self.app = app
        self.reactor = site.reactor
        self.loop = loop or _ownLoop()
        self.lifespan = Lifespan(app, lambda text: self._log(text))
        self.putAway: Deferred[None] = Deferred()
        self._tasks: set[asyncio.Task[None]] = set()

    def _log(self, text: str) -> None:
        self.reactor.callFromThread(self.serving.log.error, "the application: {text}", text=text)

    def startFactory(self) -> None:
        self._run(self.lifespan.start())

    def stopFactory(self) -> None:
        self.shut()
        if self.loop.is_closed():
            self._end()
        else:
            self._run(self._stop())

    async def _stop(self) -> None:
        try:
            await self.lifespan.stop()
        finally:
            self.reactor.callFromThread(self._end)

    def _end(self) -> None:
        if not self.putAway.called:
            self.putAway.callback(None)

    def _run(self, coroutine: Coroutine[object, object, None]) -> None:
        def run() -> None:
            task = self.loop.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        if self.loop.is_closed():
            coroutine.close()
        else:
            self.loop.call_soon_threadsafe(run)

    def _begin(self, exchange: IExchange) -> None:
        kind: type[WebSocket | _Request] = WebSocket if wantsWebSocket(exchange) else _Request
        bridge = kind(self, self.reactor, self.loop, exchange)
        exchange.receive(bridge)
        self._run(self._serve(bridge))

    async def _serve(self, bridge: Bridge) -> None:
        await self.lifespan.started.wait()
        if self.lifespan.failed:
            bridge.inReactor(bridge.broke, None)
            return
        await bridge.run(self.app, self.lifespan.state)


@implementer(IReceiver)
class _Request(Bridge):
    """One request."""

    def __init__(self, server: HTTPServer, reactor: IReactor, loop: AbstractEventLoop, exchange: IExchange) -> None:
        scope = {**scopeOf(exchange), "type": "http", "method": exchange.head.method.decode("latin-1")}
        super().__init__(reactor, loop, scope, {"type": "http.disconnect"})
        self._server = server
        self._exchange = exchange
        self._head: tuple[int, Fields] | None = None
        if wantsContinue(exchange.head.fields):
            exchange.inform(100)
        exchange.registerProducer(self, True)

    def bodyReceived(self, data: bytes) -> None:
        self.give({"type": "http.request", "body": data, "more_body": True}, len(data))

    def bodyEnded(self, trailers: Fields | None) -> None:
        self.give({"type": "http.request", "body": b"", "more_body": False})

    def exchangeLost(self, reason: Failure) -> None:
        self.tell(self.inLeft)

    def hold(self, held: bool) -> None:
        if not self._exchange.over:
            (self._exchange.pauseProducing if held else self._exchange.resumeProducing)()

    def _send(self, data: bytes, more: bool) -> None:
        exchange = self._exchange
        if exchange.over:
            return
        if not exchange.answered:
            assert self._head is not None
            exchange.answer(*self._head)
        if data:
            exchange.write(data)
            self.wrote(len(data))
        if more:
            exchange.flush()
        else:
            exchange.unregisterProducer()
            exchange.finish()

    def broke(self, failure: Failure | None) -> None:
        if failure is not None:
            self._server.serving.log.failure("the application failed", failure)
        if not self._exchange.over:
            self._exchange.unregisterProducer()
            self._server.serving.fail(self._exchange)

    async def send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            if self._head is not None:
                raise RuntimeError("http.response.start is sent once")
            self._head = checkStatus(event["status"]), applicationFields(event.get("headers", ()))
        elif event["type"] == "http.response.body":
            if self._head is None:
                raise RuntimeError("http.response.start is sent before http.response.body")
            data = bytes(event.get("body", b""))
            await self.inRoom(len(data))
            self.over = not event.get("more_body", False)
            self.inReactor(self._send, data, not self.over)
            if self.over:
                self.inLeft()
        else:
            raise RuntimeError(f"an event {event['type']!r} is not for http")
