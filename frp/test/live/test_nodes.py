"""Nodes of a server on real sockets, in this process and in another one."""

from __future__ import annotations

import re
import signal
import sys
from hashlib import sha256
from random import Random

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from frp.interfaces import IStream
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.server.cluster.links import Asked, Links
from frp.server.cluster.overtls import OverTLS, TLSSettings
from frp.session.carrier import carrierOf
from frp.session.greeting import handOver
from frp.sockets.addresses import endpointFor
from frp.test.live.children import ProgramsTestCase
from frp.test.live.node import SECRET, Fountain
from frp.test.sockets.authority import Fields
from frp.testing.live import Peer

SIZE = 1 << 20


class Watched(Fountain):
    """
    One that says when its stream has ended.

    @ivar ended: fires with why.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ended: Deferred[BaseException | None] = Deferred()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.ended.callback(reason.value if reason is not None else None)


class NodesTests(ProgramsTestCase):
    """Links over TCP and TLS."""

    async def node(self, name: str) -> Links:
        """Start one, which answers as the tests want; it stops with the test."""
        log = Log("frp.test").about(name)
        way = OverTLS(self.reactor, TLSSettings("127.0.0.1", 0, SECRET, Fields()), log)
        links = Links(self.reactor, name, name, way, log, self.answer, lambda user, said: None)
        await links.start()
        self.addCleanup(links.stop)
        return links

    async def nodes(self, names: str) -> list[Links]:
        """Start some that know each other, and wait until all have met."""
        nodes = [await self.node(name) for name in names]
        for name, one in zip(names, nodes, strict=True):
            for other in nodes:
                other.know(name, name, one.address)
        await self.until(lambda: all(len(node.reachable) == len(names) - 1 for node in nodes))
        return nodes

    def answer(self, asked: Asked) -> None:
        """What each node makes of a question: it goes on to the service that is asked for."""
        carrierOf(endpointFor(self.reactor, "127.0.0.1", int(str(asked.ask["port"])), 5)).addCallback(
            lambda service: self.join(asked.accept(), service)
        )

    def join(self, user: IStream, stream: IStream) -> None:
        """Splice two streams."""
        stream.pauseProducing()
        user.widen()
        splice(user, stream, Treatment(halfClose=True), clock=self.reactor, log=Log("frp.test"))

    async def test_bulk(self) -> None:
        """A megabyte each way on each of many streams, in all directions between three nodes at once."""
        nodes = await self.nodes("abc")
        random = Random(7)
        down = random.randbytes(SIZE)
        port = self.service(lambda: Peer(down, answer=lambda received: sha256(received).digest()))

        async def use(near: Links, far: str) -> None:
            up = random.randbytes(SIZE)
            peer = Peer(up)
            stream = await near.stream(far, {"port": port})
            stream.widen()
            handOver(stream, peer)
            stream.loseWriteConnection()
            await peer.ended
            self.assertEqual(sha256(peer.received[:-32]).digest(), sha256(down).digest())
            self.assertEqual(peer.received[-32:], sha256(up).digest())

        pairs = [(near, far) for near in nodes for far in near.reachable for _ in range(5)]
        await gatherResults([Deferred.fromCoroutine(use(*pair)) for pair in pairs], consumeErrors=True)
        await self.until(lambda: not any(len(link) for node in nodes for link in node._links.values()))

    async def test_sessionLost(self) -> None:
        """One session is lost while bulk runs: its streams end with an error at both nodes, others go on."""
        a, b, c = await self.nodes("abc")
        far: list[Watched] = []

        def answer(asked: Asked) -> None:
            far.append(Watched())
            handOver(asked.accept(), far[-1])

        for node in (b, c):
            self.patch(node._links["a"], "_answer", answer)
        near = [Watched(), Watched()]
        for watched, other in zip(near, "bc", strict=True):
            handOver(await a.stream(other, {}), watched)
        await self.until(lambda: all(each.heard > SIZE for each in (*near, *far)))
        a._links["b"].transport.abortConnection()
        for each in (near[0], far[0]):
            self.assertNotIsInstance(await each.ended, ConnectionDone)
        heard = [near[1].heard, far[1].heard]
        await self.until(lambda: near[1].heard > heard[0] + SIZE and far[1].heard > heard[1] + SIZE)
        await self.until(lambda: a.reachable == {"b", "c"} and b.reachable == {"a", "c"})
        self.assertFalse(near[1].ended.called)

    async def test_stopped(self) -> None:
        """A node that stands still is noticed within four seconds while bulk runs both ways, and when it goes on."""
        a = await self.node("a")
        child = self.child(sys.executable, "-m", "frp.test.live.node")
        (port,) = re.findall(r"port (\d+)\.", await child.lines.wait("."))
        a.know("b", "node b", f"127.0.0.1:{port}")
        await self.until(lambda: a.reachable)
        watched = Watched()
        stream = await a.stream("b", {})
        stream.widen()
        handOver(stream, watched)
        await self.until(lambda: watched.heard > 20 * SIZE)
        child.signal(signal.SIGSTOP)
        self.addCleanup(child.signal, signal.SIGCONT)
        self.assertLess(await self.until(lambda: not a.reachable), 4)
        self.assertNotIsInstance(await watched.ended, ConnectionDone)
        child.signal(signal.SIGCONT)
        await self.until(lambda: a.reachable)
        again = Watched()
        handOver(await a.stream("b", {}), again)
        await self.until(lambda: again.heard > SIZE)
