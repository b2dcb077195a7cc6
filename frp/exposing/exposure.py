"""The contexts of a tunnel: C{async with} and C{with}."""

from __future__ import annotations

import asyncio
import secrets
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import STDLibLogObserver
from twisted.python import threadable

from frp.config.clientfile import clientFromValues
from frp.exposing.target import Target, registryWith, targetOf
from frp.exposing.thread import ReactorThread, reactorThread
from frp.exposing.tunnel import Tunnel
from frp.interfaces import IReactor
from frp.logs import Log
from frp.sockets.eager import eager

__all__ = ["Exposure", "expose"]

_SERVER = 'it should be the address of an frps, HOST or HOST:PORT, such as "frps.example.com:7000"'


def expose(
    target: object,
    server: str = "127.0.0.1:7000",
    *,
    token: str = "",
    type: str = "tcp",
    name: str = "",
    remotePort: int = 0,
    subdomain: str = "",
    customDomains: Sequence[str] = (),
    secretKey: str = "",
    user: str = "",
    timeout: float = 30,
    client: Mapping[str, object] | None = None,
    proxy: Mapping[str, object] | None = None,
) -> Exposure:
    """
    Show something of this machine, or of this program, to the world, through an frps::

        async with frp.expose(8000, server="frps.example.com:7000", token="...") as tunnel:
            print(tunnel.url)

    The same with a plain C{with}, where there is no event loop, or one that may wait for the tunnel.

    @param target: a port of this machine; C{"host:port"}; a client endpoint of Twisted as a string, such as
        C{"unix:/run/app.sock"}; an ASGI or WSGI application; or a protocol factory.
    @param server: host and port of frps; the port is 7000 where none is given.
    @param type: like the next five a key of the proxy's table. Without a name it gets a new one.
    @param timeout: seconds in which users must be able to come.
    @param client: more keys of the client's configuration, such as C{{"transport": {"protocol": "kcp"}}}.
    @param proxy: more keys of the proxy's table.
    @return: a context; entering it raises L{FRPError<frp.errors.FRPError>} with what is wrong.
    @raise TypeError: there is no way to expose such a thing.
    @raise ConfigErrors: the parameters make no configuration that can be used.
    """
    found = targetOf(target)
    own = {"name": name or f"expose-{secrets.token_hex(4)}", "type": type, "remotePort": remotePort}
    own |= {"subdomain": subdomain, "customDomains": [*customDomains], "secretKey": secretKey}
    table = {**{key: value for key, value in own.items() if value}, **found.keys, **(proxy or {})}
    return _exposure(found, {**serverKeys(server), "user": user, "proxies": [table], **(client or {})}, token, timeout)


def _exposure(found: Target, values: dict[str, Any], token: str, timeout: float) -> Exposure:
    values["auth"] = {**({"token": token} if token else {}), **values.get("auth", {})}
    registry = registryWith(found.served)
    config = clientFromValues(values, registry=registry).config

    def make(reactor: IReactor, loop: asyncio.AbstractEventLoop | None) -> Tunnel:
        if found.served is not None:
            found.served.loop = loop
        return Tunnel(reactor, config, registry, web=found.web, served=found.served)

    return Exposure(make, timeout)


def serverKeys(server: str) -> dict[str, object]:
    """
    @raise TypeError: it is no text.
    @raise ValueError: it is not host and port.
    """
    if not isinstance(server, str):
        raise TypeError(f"server is {server!r}: {_SERVER}")
    host, colon, port = server.rpartition(":")
    if not colon or server.endswith("]") or (":" in host.strip("[]") and not server.startswith("[")):
        host, port = server, "7000"
    if not host.strip("[]") or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"server is {server!r}: {_SERVER}")
    return {"serverAddr": host.strip("[]"), "serverPort": int(port)}


class Exposure:
    """
    A tunnel that is open inside of C{async with} or C{with}; or from L{open} to L{close}, for a notebook.

    In a coroutine that Twisted runs, the tunnel lives in the reactor of this thread. Everywhere else (asyncio, a plain
    script, a notebook) it lives in a thread of its own, which all tunnels of the program share.

    @ivar make: makes the tunnel in a reactor, best an L{eager<frp.sockets.eager.eager>} one, for who opens and closes
        it there himself; and the asyncio loop of the program, where that runs meanwhile.
    """

    def __init__(self, make: Callable[[IReactor, asyncio.AbstractEventLoop | None], Tunnel], timeout: float) -> None:
        self.make = make
        self._timeout = timeout
        self._tunnel: Tunnel | None = None
        self._thread: ReactorThread | None = None

    # For those who may wait

    def open(self) -> Tunnel:
        """
        Open the tunnel, and wait for it.

        @raise FRPError: why there is none.
        """
        opening = self._begin(None)
        try:
            self._tunnel = tunnel = opening.result()
        except BaseException:
            self._abandon(opening)
            raise
        return tunnel

    def close(self) -> None:
        closing = self._end()
        if closing is not None:
            closing.result()

    def __enter__(self) -> Tunnel:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # For coroutines

    async def __aenter__(self) -> Tunnel:
        reactor = _ownReactor()
        if reactor is None:
            loop = asyncio.get_running_loop()
            opening = self._begin(loop)
            try:
                tunnel = await asyncio.wrap_future(opening, loop=loop)
            except BaseException:
                self._abandon(opening)
                raise
        else:
            tunnel = await self.make(eager(reactor), None).open(self._timeout)
        self._tunnel = tunnel
        return tunnel

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if _ownReactor() is None:
            closing = self._end()
            if closing is not None:
                await asyncio.shield(asyncio.wrap_future(closing))
        else:
            tunnel, self._tunnel = self._tunnel, None
            if tunnel is not None:
                await tunnel.close()

    # In the thread

    def _begin(self, loop: asyncio.AbstractEventLoop | None) -> Future[Tunnel]:
        if self._tunnel is not None:
            raise RuntimeError("this tunnel is open already")
        self._thread = thread = reactorThread()

        def begin() -> Deferred[Tunnel]:
            tunnel = self.make(eager(thread.reactor), loop)
            # A program without Twisted reads Python's log. Until somebody begins it, Twisted's only grows.
            tunnel.logTo(Log("frp.expose", observer=STDLibLogObserver("frp.expose")))
            return tunnel.open(self._timeout)

        return thread.call(begin)

    def _abandon(self, opening: Future[Tunnel]) -> None:
        """Whoever waited was called away, perhaps after the tunnel was there and before it was known to be."""
        if not opening.cancel() and not opening.cancelled() and opening.exception() is None:
            self._tunnel = opening.result()
            self._end()

    def _end(self) -> Future[object] | None:
        tunnel, self._tunnel = self._tunnel, None
        if tunnel is None or self._thread is None or not self._thread.alive:
            return None  # a process that was forked off leaves the tunnel to the one that opened it
        return self._thread.call(tunnel.close)


def _ownReactor() -> IReactor | None:
    """
    @return: the reactor that runs, or is about to run, the calling coroutine; None where asyncio runs it.
    @raise RuntimeError: nobody does of whom we know.
    """
    try:
        if asyncio.current_task() is not None:
            return None
    except RuntimeError:
        pass  # no loop runs here
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is None or threadable.ioThread not in (None, threading.get_ident()):
        raise RuntimeError("async with frp.expose(...) needs a coroutine that asyncio or Twisted runs")
    return cast(IReactor, reactor)  # which Twisted puts among the modules
