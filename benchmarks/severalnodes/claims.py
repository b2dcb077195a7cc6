"""
What a node asks of its Redis. C{python -m benchmarks.severalnodes.claims} is that node: it claims so many things, says
how fast, and then rests.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import react
from zope.interface import implementer

from benchmarks.peers import inCheckout
from benchmarks.processes import Program
from benchmarks.severalnodes.nodes import redis
from benchmarks.severalnodes.trial import Line, Trial
from frp.directories.redis.node import RedisNode
from frp.directories.redis.url import Place
from frp.interfaces import Entry, IDirectorySite, IReactor
from frp.logs import Log
from frp.values import frozen

if TYPE_CHECKING:
    from frp.interfaces import IDirectory

__all__ = ["claims", "requestsIn"]

_TOGETHER = 100
_CLAIMED = "claims a second:"

#: Seconds for which it is counted what comes from a node at rest.
_REST = 10.0
_PATIENCE = 300.0


def claims(trial: Trial) -> Iterator[Line]:
    """One node, alone with its store."""
    folder = trial.ground.folder / "claims"
    folder.mkdir()
    with redis(folder) as store:
        command = [sys.executable, "-m", "benchmarks.severalnodes.claims", store, str(trial.claims)]
        node = Program(command, folder / "node.log", {**os.environ, **inCheckout()})
        try:
            node.waitFor(lambda said: said.count("\n") > said.find(_CLAIMED) >= 0, "all claims", _PATIENCE)
            single, together = node.output.read_text().rpartition(_CLAIMED)[2].split()
            time.sleep(1.0)
            messages = _heard(store, _REST)
        finally:
            node.stop()
    yield Line("claims a second of one node, one at a time", single)
    yield Line(f"claims a second of one node, {_TOGETHER} at a time", together)
    yield Line(f"messages a second to the store at rest, {trial.claims:,} claims", f"{messages / _REST:.1f}")


def _heard(store: str, seconds: float) -> int:
    """@return: how many requests have come to a Redis in so many seconds."""
    place = urlsplit(store)
    said = b""
    end = time.perf_counter() + seconds
    with socket.create_connection((place.hostname, place.port), 20.0) as monitor:
        monitor.sendall(b"MONITOR\r\n")
        while (left := end - time.perf_counter()) > 0:
            monitor.settimeout(left)
            try:
                said += monitor.recv(65536)
            except TimeoutError:
                break
    return requestsIn(said.decode("utf-8", "replace"))


def requestsIn(said: str) -> int:
    """
    How many requests C{MONITOR} has told of; what scripts do within Redis are none.

    @param said: its lines: a number, who it was in brackets, and the words of the request.
    """
    lines = [line for line in said.split("\r\n") if " [" in line]
    return sum(" lua] " not in line for line in lines)


@implementer(IDirectorySite)
@frozen(eq=False)
class _Site:
    reactor: IReactor
    log: Log
    name: str = "node"

    @property
    def clock(self) -> IReactorTime:
        return self.reactor


async def _claimed(node: IDirectory, first: int, count: int, atOnce: int) -> float:
    """@return: claims a second."""
    began = time.perf_counter()
    for start in range(first, first + count, atOnce):
        numbers = range(start, min(start + atOnce, first + count))
        entries = [Entry(("proxy", f"proxy{number}"), str(number), {"port": number}) for number in numbers]
        got = await gatherResults([node.claim(entry, lambda other: None) for entry in entries])
        if any(got):
            raise RuntimeError("somebody else has what was claimed")
    return count / (time.perf_counter() - began)


async def _node(reactor: Any, store: str, count: str) -> None:
    """Never ends."""
    node = RedisNode(Place.parse(store), _Site(reactor, Log("benchmark")))
    await node.open()
    tenth = int(count) // 10
    single = await _claimed(node, 0, tenth, 1)
    together = await _claimed(node, tenth, int(count) - tenth, _TOGETHER)
    print(f"{_CLAIMED} {single:,.0f} {together:,.0f}", flush=True)
    await Deferred()


if __name__ == "__main__":
    react(_node, sys.argv[1:])
