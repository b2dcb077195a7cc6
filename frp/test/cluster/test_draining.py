"""A node that is to be left, and users there whose client is at another one."""

from __future__ import annotations

import frp.server.draining
from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.testing.live import Peer, freePort


class DrainingTests(ClusterTestCase):
    """It has no client of its own."""

    async def served(self) -> tuple[FRPServer, Peer]:
        """@return: the node, and a user there who is served."""
        self.patch(frp.server.draining, "SEEN", 0.3)
        port = freePort()
        service = self.service(lambda: Peer(answer=lambda received: received))
        _, there = await self.reached({"type": "tcp", "localPort": service, "remotePort": port})
        user = await self.user(port, Peer(b"hello"))
        await self.until(lambda: len(there.flowing))
        return there, user

    async def test_waits(self) -> None:
        """The user may finish."""
        there, user = await self.served()
        began = self.reactor.seconds()
        there.drain(30)
        await self.until(lambda: self.reactor.seconds() > began + 1)
        self.assertFalse(there.drained.called)
        user.transport.loseWriteConnection()
        await user.ended
        self.assertEqual(user.received, b"hello")
        await there.drained
        await self.lines.wait("nobody is here any more")

    async def test_late(self) -> None:
        """But not for ever."""
        there, _ = await self.served()
        there.drain(0.5)
        await there.drained
        await self.lines.wait("the time is over: 1 users of clients at other nodes are ended")

    async def test_seen(self) -> None:
        """A load balancer has time to see it, though nobody is here at all."""
        self.patch(frp.server.draining, "SEEN", 0.7)
        node = await self.node()
        began = self.reactor.seconds()
        node.drain(30)
        await node.drained
        self.assertGreater(self.reactor.seconds() - began, 0.6)
