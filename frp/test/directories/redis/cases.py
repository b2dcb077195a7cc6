"""A Redis of one's own, and nodes on it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, cast
from unittest import SkipTest

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import LogEvent, formatEvent
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from frp.directories.redis.node import RedisNode
from frp.directories.redis.presence import Pace
from frp.directories.redis.url import Place
from frp.errors import FRPError
from frp.interfaces import Entry, IDirectory, IDirectorySite, IReactor
from frp.logs import Log
from frp.testing.live import freePort

__all__ = ["QUICK", "RedisServer", "RedisTestCase", "Site", "reactor", "thing"]

if TYPE_CHECKING:
    reactor: IReactor
else:
    from twisted.internet import reactor

#: Nobody wants to wait for four seconds.
QUICK = Pace(lease=1.2, renewed=0.2, patience=0.9, again=0.05, seldom=0.1)


@implementer(IDirectorySite)
class Site:
    """@ivar lines: what was logged."""

    def __init__(self, name: str, clock: IReactorTime | None = None) -> None:
        self.name, self.reactor = name, reactor
        self.clock = cast("IReactorTime", reactor) if clock is None else clock
        self.lines: list[str] = []
        self.log = Log("test", observer=self._note)

    def _note(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def thing(name: str, owner: str = "x", **fields: Any) -> Entry:
    """@return: something to claim."""
    return Entry(("thing", name), owner, **fields)


class RedisServer:
    """One that keeps nothing on the disk. It can be stopped in several ways, and started again, empty."""

    def __init__(self, *options: str, port: int = 0, file: str = "") -> None:
        """
        @param port: where it answers, if the options say so.
        @param file: of one that is a sentinel.
        """
        self.port = port or freePort()
        self._file = [file, "--sentinel"] if file else []
        self._options = options
        self._folder = mkdtemp(prefix="frp-redis-")
        self.start()

    def start(self) -> None:
        """It answers when this returns."""
        program = shutil.which("redis-server")
        if program is None:
            raise SkipTest("redis-server is not installed")
        options = [*self._file, "--bind", "127.0.0.1", "--dir", self._folder]
        options += [] if self._file else ["--save", "", "--appendonly", "no"]
        options += [] if "--port" in self._options else ["--port", str(self.port)]
        self._process = subprocess.Popen([program, *options, *self._options], stdout=subprocess.DEVNULL)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("Redis does not start")

    def kill(self) -> None:
        """At once, as the kernel does it."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """It does nothing, and its connections stay."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    def say(self, *words: str) -> str:
        """@return: what C{redis-cli} shows."""
        found = subprocess.run(
            ["redis-cli", "-p", str(self.port), *words], stdout=subprocess.PIPE, text=True, timeout=10, check=True
        )
        return found.stdout.strip()


class RedisTestCase(TestCase):
    """Each test has a store, on the reactor that runs the tests."""

    timeout = 30

    def setUp(self) -> None:
        self.server = RedisServer()
        self.addCleanup(self.server.close)
        self.url = f"redis://127.0.0.1:{self.server.port}/1?prefix=frp"
        self.opened: list[RedisNode] = []

    def node(self, name: str = "node", pace: Pace = QUICK, site: Site | None = None, url: str = "") -> RedisNode:
        """@return: one that is not open; it is closed when the test ends."""
        node = RedisNode(Place.parse(url or self.url), site or Site(name), pace)
        self.addCleanup(node.close)
        return node

    async def opening(self, count: int) -> list[IDirectory]:
        """@return: so many that are open."""
        found: list[IDirectory] = []
        for number in range(count):
            node = self.node(f"n{number}")
            await node.open()
            found.append(node)
        return found

    async def until(self, true: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something is true."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                self.fail(f"it has not become true within {seconds} seconds")
            await self.later(0.01)

    async def failed(self, asked: Deferred[Any]) -> FRPError:
        """@return: what a question has failed with."""
        try:
            answer = await asked
        except FRPError as error:
            return error
        self.fail(f"it was answered: {answer!r}")

    def later(self, seconds: float) -> Deferred[None]:
        return deferLater(cast("IReactorTime", reactor), seconds, lambda: None)
