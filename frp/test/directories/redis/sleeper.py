"""A process with one node that says what becomes of it: held, away, lost, back."""

from __future__ import annotations

import sys
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore

from frp.directories.redis.node import RedisNode
from frp.directories.redis.url import Place
from frp.test.directories.redis.cases import QUICK, Site, reactor, thing


async def live(url: str) -> None:
    """Hold something, and wait for what comes."""
    node = RedisNode(Place.parse(url), Site("far"), QUICK)
    await node.open()
    node.heed(lambda there: print(f"back as {node.node}" if there else "away", flush=True))
    await node.claim(thing("a"), lambda other: print(f"lost to {other.node}", flush=True))
    print(f"held as {node.node}", flush=True)


if __name__ == "__main__":
    Deferred.fromCoroutine(live(sys.argv[1]))
    cast("IReactorCore", reactor).run()
