"""Messages of a client at one node about the proxy of a client at another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import NoWorkStream
from frp.interfaces import Entry, IStream
from frp.logs import Log
from frp.server.cluster.consulting import IDLE, Consulting
from frp.session.channel import ControlChannel
from frp.test.cluster.cases import ClusterTestCase
from frp.test.live.holes import SECRET, HolesTestCase
from frp.testing.live import freePort
from frp.testing.pipe import Pipe
from frp.wire.messages import Login, Message, NatHoleResp, NatHoleVisitor
from frp.wire.v1 import V1


class Site:
    """A client of this node: it remembers what it is told."""

    runId = "r"
    login = Login(user="ann")
    log = Log("test")

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.tell = self.told.append


class ConsultingTests(SynchronousTestCase):
    """The side of the client that says something."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.site: Any = Site()
        self.entry: Entry | None = Entry(("proxy", "p"), "x", {}, node="there")
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.heard: list[Any] = []
        self.consulting = Consulting(lambda name: self.entry, self.stream, cast("IReactorTime", self.clock))

    def stream(self, node: str, ask: Mapping[str, object]) -> Deferred[IStream]:
        """Another node that takes every question."""
        self.asked.append((node, ask))
        self.pipe = Pipe()
        self.channel = ControlChannel(self.site.log, V1, None, self.hear, lambda _: None, self.clock)
        self.pipe.server.protocol = self.channel
        self.channel.makeConnection(self.pipe.server)
        return succeed(self.pipe.client)

    def hear(self, message: Message) -> None:
        """The other node hears something."""
        self.heard.append(message)

    def say(self, transaction: str) -> Any:
        """The client says something."""
        message = NatHoleVisitor(transaction_id=transaction, proxy_name="p")
        answered = self.consulting.answer(self.site, lambda _: "ours", message)
        self.pipe.pump()
        return answered

    def test_there(self) -> None:
        """What it says goes to the other node, over one stream, and what that says comes to it."""
        for transaction in ("1", "2"):
            answered = self.say(transaction)
            self.assertIsNone(answered and self.successResultOf(answered))
        self.assertEqual([one.transaction_id for one in self.heard], ["1", "2"])
        self.assertEqual([(node, ask["consult"]) for node, ask in self.asked], [("there", "r")])
        self.channel.send(NatHoleResp(transaction_id="1"))
        self.pipe.pump()
        self.assertEqual(self.site.told, [NatHoleResp(transaction_id="1")])

    def test_here(self) -> None:
        """A proxy that is here, or nowhere, is this node's business."""
        self.pipe = Pipe()
        self.entry = None
        self.assertEqual((self.say("1"), self.asked), ("ours", []))

    def test_unreachable(self) -> None:
        """So is one whose node cannot be asked."""
        self.patch(self.consulting, "_streams", lambda node, ask: fail(NoWorkStream("no link")))
        self.pipe = Pipe()
        self.assertEqual(self.successResultOf(self.say("1")), "ours")

    def test_idle(self) -> None:
        """A client that says no more leaves no stream behind; if it does, there is another one."""
        self.say("1")
        self.clock.advance(IDLE)
        self.pipe.pump()
        self.assertTrue(self.pipe.client.disconnecting)
        self.channel.close()
        self.pipe.pump()
        self.say("2")
        self.assertEqual(len(self.asked), 2)


class XTCPTests(HolesTestCase, ClusterTestCase):
    """The visitor's client is at one node, and the proxy's at another."""

    async def test_meet(self) -> None:
        """They meet, and a user is served without either node between them."""
        asked, here, there = self.stun(), await self.node(), await self.node()
        clients = [await self.client(here, [{"name": "p", "localPort": self.echo(), **SECRET}], **asked)]
        at = freePort()
        visitor = {"name": "v", "serverName": "p", "bindPort": at, "protocol": "kcp", **SECRET}
        node = there.node
        assert node is not None
        await self.until(lambda: node.proxies.of(here.shared.directory.node) == 1)
        clients.append(await self.client(there, [], visitors=[visitor], **asked))
        await self.through(at, 100_000)
        self.assertIn("report make hole success: true", self.lines.text)
        await self.leave(clients)
