"""Users at one node whose client, at another, brings no work connection."""

from __future__ import annotations

from twisted.internet.defer import fail
from twisted.internet.error import ConnectionLost

from frp.errors import NoWorkStream
from frp.joining import splice
from frp.server.workstreams import WorkStreams
from frp.test.cluster.cases import ClusterTestCase
from frp.test.cluster.test_lost import User
from frp.test.hooks.hooked import Connecting, Telling
from frp.test.hooks.test_wrapper import Sorry
from frp.testing.live import Peer, freePort

WHY = "timeout trying to get work connection"


class UnservedTests(ClusterTestCase):
    """They have said something by the time the other node says no, and that changes nothing for them."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(WorkStreams, "take", lambda streams: fail(NoWorkStream(WHY)))

    async def test_tcp(self) -> None:
        """A connection is reset, and the log of the user's node says why."""
        port = freePort()
        told = Telling()
        _, there = await self.reached({"type": "tcp", "localPort": 1, "remotePort": port}, told)
        user = User(b"hello")
        await self.user(port, user)
        await user.ended
        assert user.why is not None
        self.assertIsInstance(user.why.value, ConnectionLost)
        await self.lines.wait(f"failed to get work connection: {WHY}")
        self.assertEqual([closed.reason for closed in told.closed()], ["no work stream"])
        self.assertEqual(len(there.flowing), 0)

    async def test_sorry(self) -> None:
        """What a hook says in place of the service arrives, and those who do not leave behind it are cut off."""
        self.patch(splice, "LINGER", 0.3)
        port = freePort()
        _, there = await self.reached({"type": "tcp", "localPort": 1, "remotePort": port}, Connecting(Sorry))
        for leaves in (True, False):
            user = User(b"hello")
            await self.user(port, user)
            await self.until(lambda user=user: user.received == b"sorry")
            if leaves:
                user.transport.loseConnection()
            await self.until(lambda: not len(there.flowing))

    async def test_http(self) -> None:
        """There is the page that users at the client's own node see."""
        port = freePort()
        table = {"type": "http", "localPort": 1, "customDomains": ["a.example"]}
        here, there = await self.reached(table, vhostHTTPPort=port)
        pages = []
        for node in (here, there):
            self.host = node.config.bindAddr
            user = await self.user(port, Peer(b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"))
            await user.ended
            pages.append(user.received)
            await self.lines.wait(f"do http proxy request [host: a.example] error: {WHY}", len(pages))
        self.assertIn(b"<h1>", pages[0])
        self.assertEqual(*pages)
