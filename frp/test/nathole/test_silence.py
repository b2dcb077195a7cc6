"""Those who make a hole and then say nothing, and ways that are there no more: what their users notice."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.defer import Deferred

from frp.nathole import punching
from frp.nathole.part import Holes
from frp.nathole.punching import Hole
from frp.test.nathole.meeting import KEY, MeetingTestCase
from frp.testing.natlab import CONE, PORT_CONE
from frp.testing.network import User
from frp.wire.messages import NatHoleSid

HELLO = b"hello" * 100


class SilenceTests(MeetingTestCase):
    """Over KCP."""

    protocol = "kcp"

    #: What the visitor's log says of a proxy's client that is silent, and the other way round.
    silentHost = "make hole error: the connection was lost: it broke"
    silentVisitor = "the visitor has left: the connection was lost"

    def setUp(self) -> None:
        super().setUp()
        self.network.server()
        self.offer(CONE)

    def visitor(self, *more: dict[str, Any], **keys: Any) -> None:
        """Start the visitor."""
        self.visit(PORT_CONE, *more, protocol=self.protocol, **keys)

    def fallingBack(self, **keys: Any) -> None:
        """Start it beside one that goes by the server."""
        echo = {"name": "q", "type": "stcp", "secretKey": KEY, "localPort": self.echo.port}
        self.network.client(proxies=[echo])
        relay = {"name": "w", "type": "stcp", "serverName": "q", "secretKey": KEY, "bindPort": -1}
        self.visitor(relay, fallbackTo="w", **keys)

    def silence(self, what: str) -> None:
        """Of those who have made a hole, one does nothing with it."""

        def silent(_: Holes, hole: Hole, *rest: object) -> Deferred[Any]:
            return Deferred(lambda _: hole.port.close())

        self.patch(Holes, what, silent)

    def relayed(self) -> int:
        """@return: how many users the server has had."""
        return self.logged("[q] get a user connection")

    def served(self, seconds: float) -> User:
        """Somebody comes, and is served within that time."""
        user = self.asked(seconds, HELLO)
        self.assertEqual(user.received, HELLO)
        return user

    def test_host(self) -> None:
        """A user waits for a proxy's client that says nothing as long as for none, and then goes."""
        self.silence("serve")
        self.visitor()
        user = self.asked(15, HELLO)
        self.assertEqual((user.closed, self.logged(self.silentHost)), (False, 1))
        self.network.advance(10)
        self.assertEqual((user.closed, self.logged("open tunnel timeout")), (True, 1))
        self.network.advance(30)
        self.assertEqual(self.hosts[1].ports, {})
        self.end()

    def test_stopped(self) -> None:
        """A visitor that stops meanwhile leaves nothing behind."""
        self.silence("serve")
        self.visitor(keepTunnelOpen=True)
        self.network.advance(3)
        self.assertEqual(len(self.hosts[1].ports), 1)
        self.network.clients[1].stopService()
        self.network.advance(1)
        self.assertEqual(self.hosts[1].ports, {})
        self.end()

    def test_hostRelayed(self) -> None:
        """Users who have another way do not notice."""
        self.silence("serve")
        self.fallingBack()
        users = [self.served(0.1)]
        for _ in range(4):
            self.network.advance(4)
            users.append(self.served(0.1))
        self.assertEqual((self.relayed(), self.logged(self.silentHost)), (5, 1))
        for user in users:
            user.close()
        self.end()

    def test_visitor(self) -> None:
        """A visitor that says nothing is given up; what it had is free."""
        self.silence("visit")
        self.visitor(keepTunnelOpen=True)
        self.network.advance(40)
        self.assertEqual(self.logged(self.silentVisitor), 1)
        self.assertEqual(self.hosts[0].ports, {})
        self.end()

    def test_pathDies(self) -> None:
        """
        When nothing comes through the hole any more, the first user is relayed within his time and the next ones at
        once. When something does, users go straight again, through the same hole.
        """
        self.fallingBack(fallbackTimeoutMs=500)
        users = [self.served(0.1)]
        self.network.advance(5)
        users.append(self.served(0.2))
        self.assertEqual(self.relayed(), 1)
        self.network.advance(2)
        self.lab.loss = 1
        users.append(self.served(0.6))
        users.append(self.served(0.1))
        self.assertEqual(self.relayed(), 3)
        self.assertEqual(self.logged("did not answer within 0.5 s"), 1)
        self.lab.loss = 0
        self.network.advance(5)
        users.append(self.served(0.2))
        self.assertEqual((self.relayed(), self.logged("report make hole success: true")), (3, 1))
        for user in users:
            user.close()
        self.end()

    def test_others(self) -> None:
        """Where the other end is not one of ours, a user waits for the hole first, as with the reference."""
        self.patch(punching, "NatHoleSid", partial(_plain))
        self.fallingBack()
        users = [self.served(0.1)]
        self.network.advance(5)
        users.append(self.served(0.2))
        self.network.clients[0].stopService()
        self.network.advance(60)
        late = self.asked(0.9, HELLO)
        self.assertEqual((late.received, self.relayed()), (b"", 1))
        self.network.advance(0.2)
        self.assertEqual((late.received, self.relayed()), (HELLO, 2))
        for user in (*users, late):
            user.close()
        self.end()


class QUICSilenceTests(SilenceTests):
    """Over QUIC."""

    protocol = "quic"
    silentHost = "make hole error: no handshake through the hole within 10 s"
    silentVisitor = "make hole error: no handshake began within 10 s"


def _plain(half_close: bool, **fields: Any) -> NatHoleSid:
    """What the reference would send."""
    return NatHoleSid(**fields)
