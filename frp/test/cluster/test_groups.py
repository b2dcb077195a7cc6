"""Members of a group at two nodes that have not heard of each other yet."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from zope.interface import implementer

from frp.client.service import FRPClient
from frp.directories.memory import Memory, Shelf
from frp.interfaces import Entry, IDirectory, IReactor, IWatcher
from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.testing.live import Peer

#: Seconds until a node hears of anything.
LATE = 0.3


@implementer(IWatcher)
class _Later:
    """Hears all some time later."""

    def __init__(self, reactor: IReactor, watcher: IWatcher) -> None:
        self._reactor, self._watcher = reactor, watcher

    def held(self, entry: Entry) -> None:
        self._reactor.callLater(LATE, self._watcher.held, entry)

    def gone(self, entry: Entry) -> None:
        self._reactor.callLater(LATE, self._watcher.gone, entry)


class _Far(Memory):
    """A directory from which news takes its time."""

    def __init__(self, shelf: Shelf, reactor: IReactor) -> None:
        super().__init__(shelf)
        self._reactor = reactor
        self.watch = self._watch

    def _watch(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        return self._shelf.watch(kind, _Later(self._reactor, watcher))


class GroupTests(ClusterTestCase):
    """Who leaves the port to the server."""

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(deferLater, self.reactor, 2 * LATE)  # the last news, when all nodes have stopped

    def directory(self, name: str) -> IDirectory:
        return _Far(self.shelf, self.reactor)

    async def member(self, node: FRPServer, name: str) -> FRPClient:
        """@return: a client with a member of the group, whose service answers with its name."""
        service = self.service(lambda: Peer(answer=lambda received: name.encode()))
        table = {"name": name, "type": "tcp", "localPort": service, "loadBalancer": {"group": "g", "groupKey": "k"}}
        return await self.client(node, [table], f"[{name}] start proxy success")

    async def test_atOnce(self) -> None:
        """They get one port, and users of either node come to both of them in turn."""
        nodes = [await self.node(), await self.node()]
        members = [Deferred.fromCoroutine(self.member(node, name)) for node, name in zip(nodes, "ab", strict=True)]
        clients = await gatherResults(members)
        port, other = (self.port(client, name) for client, name in zip(clients, "ab", strict=True))
        self.assertEqual(port, other)
        await self.mirrored("a", "b")
        for node in nodes:
            answers = [await self.ask(node, port, b"?") for _ in range(4)]
            self.assertEqual(sorted(answers), [b"a", b"a", b"b", b"b"])
