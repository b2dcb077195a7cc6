"""Nodes of one server as processes, their Redis, and users who check every byte."""

from __future__ import annotations

import os
import re
import signal
import sys
from random import Random
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from frp.client.service import FRPClient
from frp.sockets.addresses import endpointFor
from frp.test.directories.redis.cases import RedisServer
from frp.test.live.children import Child, ProgramsTestCase
from frp.testing.live import Peer, freePort

__all__ = ["Echo", "FaultsTestCase", "Node", "Steady"]

_PIECE = 16 * 1024


class Echo(Peer):
    """
    A service that says back what it hears, as it comes.

    @cvar served: how many connections there were.
    """

    served = 0

    def connectionMade(self) -> None:
        Echo.served += 1

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)

    def readConnectionLost(self) -> None:
        super().readConnectionLost()
        self.transport.loseConnection()


class Steady(Protocol):
    """
    A user who sends random bytes all the time, and compares what comes back.

    @ivar heard: how many bytes have come, all of them right.
    @ivar wrong: at which of them something else came; None where nothing has.
    @ivar ended: fires with why it is over.
    """

    transport: Any

    def __init__(self, clock: Any, seed: int) -> None:
        self.heard = 0
        self.wrong: int | None = None
        self.ended: Deferred[BaseException] = Deferred()
        self._clock = clock
        self._random = Random(seed)
        self._expected = b""
        self._over = False

    def connectionMade(self) -> None:
        self._say()

    def _say(self) -> None:
        if not self._over:
            piece = self._random.randbytes(_PIECE)
            self._expected += piece
            self.transport.write(piece)

    def dataReceived(self, data: bytes) -> None:
        if not self._expected.startswith(data) and self.wrong is None:
            self.wrong = self.heard
        self._expected = self._expected[len(data) :]
        self.heard += len(data)
        if not self._expected:
            self._clock.callLater(0.002, self._say)  # a machine has other things to do

    def end(self) -> None:
        """Say no more; what comes is still compared."""
        self._over = True
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._over = True
        assert reason is not None
        assert reason.value is not None
        self.ended.callback(reason.value)


class Node:
    """
    One frps.

    @ivar config: where clients and users come.
    """

    def __init__(self, child: Child, name: str, host: str, port: int) -> None:
        self.child, self.name = child, name
        self.config = SimpleNamespace(bindAddr=host, bindPort=port)

    @property
    def text(self) -> str:
        """Its log."""
        return self.child.lines.text

    def said(self, pattern: str) -> int:
        """How many lines of its log have this."""
        return len(re.findall(pattern, self.text))


class FaultsTestCase(ProgramsTestCase):
    """
    Nodes on 127.0.0.1, 127.0.0.2 and so on, and clients of this process.

    @ivar redis: where they agree.
    """

    timeout = 120

    def setUp(self) -> None:
        super().setUp()
        self.patch(Echo, "served", 0)
        self.redis = RedisServer()
        self.addCleanup(self.redis.close)
        self.users = 0

    def start(self, name: str, number: int = 0, *, before: str = "", store: int = 0, **cluster: str | int) -> Node:
        """
        Start one, which ends with the test.

        @param number: the last of its address; by default what its name is in the alphabet.
        @param before: what its process does first.
        @param store: the port of Redis, where the way there is another one.
        """
        host, port = f"127.0.0.{number or ord(name) - 96}", freePort()
        keys = {
            "store": f"redis://127.0.0.1:{store or self.redis.port}",
            "node": name,
            "secret": "we",
            "bindAddr": host,
            "bindPort": freePort(),
            **cluster,
        }
        lines = [f"cluster.{key} = {value if isinstance(value, int) else repr(value)}" for key, value in keys.items()]
        path = os.path.abspath(self.mktemp())
        with open(path, "w") as file:
            file.write("\n".join([f'bindAddr = "{host}"', f"bindPort = {port}", *lines]))
        child = self.child(sys.executable, "-c", f"{before}\nfrom frp.cli.frps import main; main()", "-c", path)
        return Node(child, name, host, port)

    async def ready(self, *nodes: Node) -> None:
        """Wait until each of these has a link to all others."""
        for node in nodes:
            for other in nodes:
                if other is not node:
                    await node.child.lines.wait(f"the link to node {other.name} at ")

    async def published(self, node: Node, *nodes: Node, **values: Any) -> tuple[FRPClient, int]:
        """
        Start a client at a node, with a proxy before an echo.

        @param nodes: where it is to be open, too.
        @return: the client, and the port.
        """
        port = freePort()
        table = {"name": f"p{port}", "type": "tcp", "localPort": self.service(Echo), "remotePort": port}
        values = {"serverAddr": node.config.bindAddr, **values}
        client = await self.client(node, [table], f"[p{port}] start proxy success", **values)  # type: ignore[arg-type]
        for each in (node, *nodes):
            await each.child.lines.wait(f"tcp proxy listen port [{port}]")
        return client, port

    async def steady(self, node: Node, port: int) -> Steady:
        """@return: a user at a node, who has been answered."""
        self.users += 1
        user = Steady(self.reactor, self.users)
        self.host = node.config.bindAddr
        await endpointFor(self.reactor, self.host, port, 10).connect(Factory.forProtocol(lambda: user))
        self.addCleanup(lambda: user.transport.abortConnection())
        await self.until(lambda: user.heard)
        return user

    async def goesOn(self, *users: Steady) -> None:
        """Wait until each of these has had more, and all that he had was right."""
        heard = [user.heard for user in users]
        await self.until(lambda: all(user.heard > had + 4 * _PIECE for user, had in zip(users, heard, strict=True)))
        self.assertEqual([user.wrong for user in users], [None] * len(users))

    async def ask(self, node: Node, port: int) -> bytes:
        """@return: what a user is answered who comes to a node, and says a word; nothing where he is not served."""
        self.host = node.config.bindAddr
        try:
            user = await self.user(port, Peer(b"word"))
        except ConnectError:
            return b""  # he was sent away before he had noticed that he was let in
        user.transport.loseWriteConnection()
        await user.ended
        return user.received

    def later(self, seconds: float) -> Deferred[None]:
        return deferLater(self.reactor, seconds)

    def stop(self, node: Node) -> None:
        """It stands still, until it is told to go on."""
        node.child.signal(signal.SIGSTOP)
        self.addCleanup(node.child.signal, signal.SIGCONT)
