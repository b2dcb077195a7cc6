"""Users whose client is at another node, when the two nodes lose each other."""

from __future__ import annotations

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.testing.live import Peer, freePort

HALF = bytes(range(256)) * 100


class User(Peer):
    """@ivar why: why the connection was over; None while it is not."""

    why: Failure | None = None

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.why = reason
        super().connectionLost(reason)


class LostTests(ClusterTestCase):
    """What was cut short does not look as if it were complete."""

    def cut(self, node: FRPServer) -> None:
        """Take away what is between this node and the other one."""
        assert node.node is not None
        for link in node.node.links._links.values():
            link.transport.abortConnection()

    async def short(self, there: FRPServer, port: int, said: bytes) -> User:
        """@return: a user who has had half of what is for him when his node lost the other one."""
        user = User(said)
        await self.user(port, user)
        await self.until(lambda: HALF in user.received)
        self.cut(there)
        await user.ended
        assert user.why is not None, user.received
        self.assertIsInstance(user.why.value, ConnectionLost)
        return user

    async def download(self, **transport: bool) -> None:
        """A connection is reset."""
        port = freePort()
        table = {"type": "tcp", "localPort": self.service(lambda: Peer(HALF)), "remotePort": port}
        _, there = await self.reached({**table, "transport": transport})
        self.assertEqual((await self.short(there, port, b"?")).received, HALF)

    async def test_download(self) -> None:
        """A connection is reset."""
        await self.download()

    async def test_downloadTreated(self) -> None:
        """So is one to whose bytes something is done on their way."""
        await self.download(useEncryption=True, useCompression=True)

    async def test_response(self) -> None:
        """So is an answer of HTTP whose end is that of its connection."""
        port = freePort()
        service = self.service(lambda: Peer(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + HALF))
        table = {"type": "http", "localPort": service, "customDomains": ["a.example"]}
        _, there = await self.reached(table, vhostHTTPPort=port)
        await self.short(there, port, b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n")

    async def test_complete(self) -> None:
        """Who has had all, and only goes on to speak himself, sees an end as ever."""
        port = freePort()

        class Service(Peer):
            def connectionMade(self) -> None:
                self.transport.write(HALF)
                self.transport.loseWriteConnection()

        table = {"type": "tcp", "localPort": self.service(Service), "remotePort": port}
        _, there = await self.reached(table)
        user = User(b"?")
        await self.user(port, user)
        await user.ended
        self.assertEqual((user.received, user.why), (HALF, None))
        self.cut(there)
        await self.lines.wait("is lost: ")
        user.transport.write(b"more")
        await self.until(lambda: user.why is not None)
        self.assertEqual(user.received, HALF)
