"""The directory that a parent has for its workers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from frp.directories.memory import Shelf
from frp.directories.parent.directory import ParentDirectory
from frp.directories.parent.lodging import Lodging
from frp.errors import Unavailable
from frp.interfaces import Entry, IDirectory
from frp.testing.contracts import DirectoryContract
from frp.testing.contracts.directory import Watching

_reactor: Any = reactor


def _given(protocol: IProtocol, address: object) -> IProtocol:
    return protocol


class ParentTests(DirectoryContract, TestCase):
    """It keeps the contract."""

    def setUp(self) -> None:
        self.shelf = Shelf(_reactor)
        self.lodgings: dict[IDirectory, Lodging] = {}

    def nodes(self, count: int) -> Deferred[list[IDirectory]]:
        return succeed([self.node() for _ in range(count)])

    def node(self) -> IDirectory:
        """One more, by a connection of its own."""
        lodging = Lodging(self.shelf)
        directory = ParentDirectory(lodging.node)
        for end, protocol in zip(socket.socketpair(), (lodging, directory), strict=True):
            with end:
                end.setblocking(False)
                factory: Any = Factory()
                factory.buildProtocol = partial(_given, protocol)
                _reactor.adoptStreamConnection(end.fileno(), socket.AF_UNIX, factory)
        self.addCleanup(self.end, directory)
        self.lodgings[directory] = lodging
        return directory

    def end(self, node: IDirectory) -> Deferred[None]:
        """Its process has ended."""
        assert isinstance(node, ParentDirectory)
        if node.transport is not None:
            node.transport.loseConnection()
        lodging = self.lodgings[node]
        return Deferred.fromCoroutine(self.until(lambda: node.transport is None and lodging.transport is None))

    async def until(self, true: Callable[[], object]) -> None:
        for _ in range(500):
            if true():
                return
            await deferLater(_reactor, 0.01)
        self.fail("it is not true after five seconds")

    async def test_killed(self) -> None:
        """What a worker held is free as soon as its process has ended, however that was."""
        first, second = await self.start()
        await self.claim(first, "x")
        self.assertIsNotNone(await self.claim(second, "y"))
        await self.end(first)
        self.assertIsNone(await self.claim(second, "y"))

    async def test_long(self) -> None:
        """Values, lists and keys may be longer than what fits in a frame of the protocol."""
        first, second = await self.start()
        watching = Watching()
        for number in range(20):
            self.assertIsNone(await self.claim(first, f"{number:02}", share="s", text="é" * 100_000))
        second.watch("thing", watching)
        await self.until(lambda: watching.entries)
        found = await second.find(("thing", "a"))
        self.assertEqual([each.owner for each in found], [f"{number:02}" for number in range(20)])
        self.assertEqual({each.value["text"] for each in found}, {"é" * 100_000})
        await self.until(lambda: len(watching.entries) == 20)
        self.assertEqual(list(watching.entries.values()), found)
        await first.keep(("thing", "k" * 200_000), {"text": "x" * 0xFFFF}, 60)
        self.assertEqual(await second.kept(("thing", "k" * 200_000)), {"text": "x" * 0xFFFF})

    async def test_ended(self) -> None:
        """Whoever asks when the parent is gone is told so."""
        (node,) = await self.nodes(1)
        heard: list[bool] = []
        node.heed(heard.append)
        await self.end(node)
        self.assertEqual((node.reachable, heard), (False, [False]))
        await node.close()
        error: Any = await self.assertFailure(node.epoch(), Unavailable)
        self.assertIn("the parent of this worker is gone", error.detail)

    async def test_broken(self) -> None:
        """A watcher with a bug, and an owner with one, keep no others from being told."""
        first, second = await self.start()
        watching = Watching()

        class Broken(Watching):
            def held(self, entry: Entry) -> None:
                raise RuntimeError("a bug of a watcher")

        second.watch("thing", Broken())
        second.watch("thing", watching)
        await self.claim(first, "x")
        await self.until(lambda: watching.told == ["+a x"])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual(await second.epoch(), 1)
