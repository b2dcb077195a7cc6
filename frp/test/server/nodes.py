"""Nodes of a server that are nothing but their links, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import NoWorkStream
from frp.interfaces import IStream
from frp.server.cluster.links import Asked, Links
from frp.server.cluster.overtls import OverTLS, TLSSettings
from frp.session.greeting import handOver
from frp.test.sockets.authority import Fields
from frp.testing.links import Link
from frp.testing.memory import MemoryReactor
from frp.testing.recording import Lines, Recorder

__all__ = ["SECRET", "Node", "NodesCase", "recorded"]

SECRET = "what all nodes know"


def recorded(stream: IStream) -> Recorder:
    """Put a recorder on a stream, which flows from here."""
    recorder = Recorder()
    handOver(stream, recorder)
    return recorder


class Node:
    """
    One of them.

    @ivar lines: its log.
    @ivar asked: what others have asked it and C{answer} has not answered.
    @ivar answer: is given each question.
    """

    def __init__(self, reactor: MemoryReactor, node: str, secret: str, tls: Fields, port: int) -> None:
        self.node = node
        self.lines = Lines()
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], object] = self.asked.append
        settings = TLSSettings("127.0.0.1", port, secret, tls)
        self.way = OverTLS(reactor, settings, self.lines.log)
        self.links = Links(
            reactor,
            node,
            f"node {node}",
            self.way,
            self.lines.log,
            lambda asked: self.answer(asked),
            lambda user, said: None,
        )

    @property
    def port(self) -> int:
        """The port on which it waits for others, once it has started."""
        return self.way.port

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def said(self, text: str) -> int:
        """How many lines of its log have this."""
        return sum(text in line for line in self.lines.texts)


class NodesCase(SynchronousTestCase):
    """A network in memory, with nodes that start at once and stop with the test."""

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.nodes: list[Node] = []
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        for node in self.nodes:
            stopped = node.links.stop()
            self.reactor.spend(1)
            self.successResultOf(stopped)
            self.assertEqual(node.links.reachable, set())
            self.assertEqual(node.lines.failures, [], "no bug showed")
        self.reactor.settle()
        self.assertEqual(self.reactor.getDelayedCalls(), [], "no timer is left")

    def node(self, name: str, secret: str = SECRET, tls: Fields | None = None, port: int = 0) -> Node:
        """Start one."""
        node = Node(self.reactor, name, secret, tls or Fields(), port)
        self.successResultOf(node.links.start())
        self.nodes.append(node)
        return node

    def pair(self, secret: str = SECRET, tls: Fields | None = None) -> tuple[Node, Node]:
        """
        @return: two that have heard of each other, and time enough to meet; the first dials.
        @param secret: of the second; @param tls: the same.
        """
        a, b = self.node("a", tls=tls), self.node("b", secret, tls)
        self.acquaint(a, b)
        return a, b

    def acquaint(self, *nodes: Node) -> None:
        """Let all of these hear of each other."""
        for node in nodes:
            for other in nodes:
                if other is not node:
                    node.links.know(other.node, f"node {other.node}", other.address)
        self.reactor.spend(0.05)

    def way(self, node: Node) -> Link:
        """@return: the one connection to a node."""
        (link,) = (link for link in self.reactor.links if link.port == node.port)
        return link

    def ask(self, node: Node, other: Node, ask: Mapping[str, object] | None = None) -> Deferred[IStream]:
        """Ask, and let the question arrive."""
        asked = node.links.stream(other.node, ask or {})
        self.reactor.settle()
        return asked

    def opened(self, node: Node, other: Node) -> tuple[Recorder, Recorder]:
        """@return: a stream that the first has asked for, at both ends."""
        coming = self.ask(node, other)
        far = recorded(other.asked.pop().accept())
        self.reactor.settle()
        return recorded(self.successResultOf(coming)), far

    def refusal(self, coming: Deferred[Any]) -> str:
        """@return: why a question was not answered with a yes."""
        self.reactor.settle()
        error = self.failureResultOf(coming, NoWorkStream).value
        assert isinstance(error, NoWorkStream)
        return error.detail
