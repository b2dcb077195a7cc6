"""Several nodes in this process, on loopback addresses of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from twisted.protocols import portforward

from frp.client.service import FRPClient
from frp.config.server import ServerConfig
from frp.config.serverfile import serverFromValues
from frp.directories.memory import Memory, Shelf
from frp.interfaces import IDirectory, IServerHook
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.testing.live import LiveTestCase, Peer, freePort

__all__ = ["ClusterTestCase"]


class Balancer(portforward.ProxyFactory):
    """
    A load balancer before the nodes, by which clients come.

    @ivar silent: connections to nodes whose clients are gone.
    """

    noisy = False

    def __init__(self, node: FRPServer) -> None:
        super().__init__(node.config.bindAddr, node.config.bindPort)
        self.silent: list[Any] = []
        self._clients: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        made: Any = super().buildProtocol(addr)
        self._clients.append(made)
        return made

    def lead(self, node: FRPServer) -> None:
        """Lead what comes from now on to another node."""
        self.host, self.port = node.config.bindAddr, node.config.bindPort

    def move(self, node: FRPServer) -> None:
        """Lead clients to another node. Those that are there lose their connections, and their node does not see it."""
        self.lead(node)
        clients, self._clients = self._clients, []
        for client in clients:
            self.silent.append(client.peer)
            client.peer = None
            client.transport.abortConnection()


class ClusterTestCase(LiveTestCase):
    """
    Nodes on 127.0.0.1, 127.0.0.2 and so on, which agree on a shelf in memory.

    @ivar shelf: where all of them agree.
    @ivar nodes: those that were started.
    """

    def setUp(self) -> None:
        super().setUp()
        self.shelf = Shelf(self.reactor)
        self.nodes: list[FRPServer] = []

    def directory(self, name: str) -> IDirectory:
        """@return: that of one more node."""
        return Memory(self.shelf)

    def made(self, config: ServerConfig, shared: Shared) -> FRPServer:
        """@return: a node that is not started."""
        return FRPServer(self.reactor, config, self.registry, shared)

    async def node(self, **values: Any) -> FRPServer:
        """Start one more; it stops with the test."""
        number = len(self.nodes) + 1
        host = f"127.0.0.{number}"
        cluster = {
            "store": "memory://",
            "secret": "we",
            "node": f"n{number}",
            "bindPort": freePort(),  # 0 would be 7100
            **values.pop("cluster", {}),
        }
        values = {"bindAddr": host, "bindPort": freePort(), "cluster": cluster, **values}
        config = serverFromValues(values, registry=self.registry).config
        shared = Shared.over(self.directory(f"n{number}"), self.reactor, config)
        server = self.made(config, shared)
        server.startService()
        self.addCleanup(server.stopService)
        await server.started
        self.nodes.append(server)
        return server

    async def client(
        self,
        server: FRPServer,
        proxies: Iterable[Mapping[str, Any]],
        until: str = "start proxy success",
        **values: Any,
    ) -> FRPClient:
        """The same as of every live test, at this node."""
        return await super().client(server, proxies, until, **{"serverAddr": server.config.bindAddr, **values})

    def balanced(self, node: FRPServer) -> tuple[Balancer, int]:
        """@return: something that leads clients to a node, and its port on 127.0.0.1."""
        balancer = Balancer(node)
        listening = self.reactor.listenTCP(0, balancer, interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        self.addCleanup(lambda: [each.transport.abortConnection() for each in balancer.silent])
        return balancer, listening.getHost().port

    async def mirrored(self, *names: str) -> None:
        """Wait until these proxies are open on all nodes but that of their client."""
        await self.until(
            lambda: all(
                sum(name in node.shared.mirrored for node in self.nodes) == len(self.nodes) - 1 for name in names
            )
        )

    async def reached(
        self, table: Mapping[str, Any], *hooks: IServerHook, **values: Any
    ) -> tuple[FRPServer, FRPServer]:
        """
        @return: two nodes. The first has a client with this proxy, called a; users come to the second, which has the
            hooks.
        """
        here, there = [await self.node(**values) for _ in range(2)]
        for hook in hooks:
            there.hooks.add(hook)
        await self.client(here, [{"name": "a", **table}])
        await self.mirrored("a")
        self.host = there.config.bindAddr
        return here, there

    async def ask(self, node: FRPServer, port: int, said: bytes) -> bytes:
        """@return: what a user is answered who comes to this node, says this and ends."""
        self.host = node.config.bindAddr
        user = await self.user(port, Peer(said))
        user.transport.loseWriteConnection()
        await user.ended
        return user.received
