"""
The sessions with other nodes. With each there is one, over which either asks the other for work streams of its clients;
of two nodes the one with the smaller C{node} dials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import attrs
from twisted.internet.defer import Deferred, execute, fail

from frp.errors import NoWorkStream
from frp.interfaces import IReactor, IStream
from frp.logs import Log
from frp.server.cluster.asking import Asking
from frp.server.cluster.dialling import Dialling
from frp.server.cluster.link import Link
from frp.server.cluster.questions import Asked
from frp.server.cluster.rendezvous import Met, Rendezvous
from frp.session.ending import closeAll
from frp.session.greeting import handOver
from frp.sockets.passing import Passage
from frp.values import define
from frp.wire.address import hostOf, hostPort

__all__ = ["NEW", "Asked", "Links"]

T = TypeVar("T")

#: Seconds after a node has come in which users wait for the first link to it.
NEW = 5.0


@define(eq=False)
class _New:
    """
    A node that was never met.

    @ivar until: when it is new no more.
    @ivar waiting: who waits for a link to it.
    """

    until: float
    waiting: list[Deferred[Link]] = attrs.field(factory=list)


class Links:
    """
    All sessions of one node.

    @ivar address: where others reach it, once it has started.
    """

    def __init__(
        self,
        reactor: IReactor,
        node: str,
        name: str,
        rendezvous: Rendezvous,
        log: Log,
        answer: Callable[[Asked], object],
        came: Callable[[IStream, bytes], object],
    ) -> None:
        """
        @param node: what this one is called in this life.
        @param name: what people call it.
        @param rendezvous: how it and others come to have a connection.
        @param answer: gets what other nodes ask. Each question is answered once, now or later.
        @param came: gets users whom other nodes L{pass<passOn>} on, paused, and what came with them.
        """
        self.address = ""
        self._reactor = reactor
        self._node = node
        self._name = name
        self._rendezvous = rendezvous
        self._log = log
        self._answer = answer
        self._came = came
        self._passages: dict[Link, Passage] = {}
        self._links: dict[str, Link] = {}
        self._names: dict[str, str] = {}  # of those who are known, or were met
        self._others: dict[str, Dialling] = {}  # those who wait to be dialled
        self._new: dict[str, _New] = {}
        self._open = False

    @property
    def reachable(self) -> set[str]:
        """The nodes to which a session is up."""
        return set(self._links)

    def start(self) -> Deferred[None]:
        """@return: fails with an L{FRPError<frp.errors.FRPError>}: others cannot come; nothing is open then."""
        return execute(self._start)

    def _start(self) -> None:
        self.address = self._rendezvous.open(self._node, self._name, self._met)
        self._open = True
        for other in self._others.values():
            other.start()

    def stop(self) -> Deferred[None]:
        """@return: fires when nobody can come, and all sessions have ended, with what was written on them flushed."""
        self._open = False
        for node in {*self._others, *self._new}:
            self.forget(node)
        return self._rendezvous.close().addCallback(lambda _: closeAll(self._links.values(), self._reactor))

    # Other nodes

    def know(self, node: str, name: str, address: str) -> None:
        """
        There is another node, or it is elsewhere now.

        @param name: what people call it.
        @param address: where it waits for others.
        """
        if node not in self._names and node not in self._links:
            self._new[node] = _New(self._reactor.seconds() + NEW)
        self._names[node] = name
        if node <= self._node:
            return  # it dials
        known = self._others.get(node)
        if known is not None:
            known.address = address
            return
        other = self._others[node] = Dialling(self._reactor, self._log, name, address, partial(self._dial, node))
        link = self._links.get(node)
        if link is not None:
            other.keep(link)  # it was forgotten meanwhile
        elif self._open:
            other.start()

    def forget(self, node: str) -> None:
        """It is gone, and not dialled any more. A session with it that is up, and whoever it carries, live on."""
        self._names.pop(node, None)
        other = self._others.pop(node, None)
        if other is not None:
            other.stop()
        for waiting in self._newNoMore(node):
            waiting.errback(NoWorkStream("the node is gone"))

    def _newNoMore(self, node: str) -> list[Deferred[Link]]:
        """@return: who has waited for a first link to it."""
        new = self._new.pop(node, None)
        return [] if new is None else new.waiting

    def trouble(self, node: str) -> str:
        """@return: why it cannot be dialled; empty if that is not known, or there is a session with it."""
        other = self._others.get(node)
        return other.why if other is not None else ""

    def _dial(self, node: str, address: str) -> Deferred[Link]:
        return self._rendezvous.dial(node, address).addCallback(self._met, dialled=True)

    def _met(self, met: Met, *, dialled: bool = False) -> Link:
        """Another node is there. A session with it that was up before is one of which it knows that it is lost."""
        link = Link(self._reactor, self._log, met.hello, self._answer, dialled=dialled)
        before = self._links.get(link.node)
        if before is not None:
            before.abort()
        self._links[link.node] = link
        self._names[link.node] = link.name
        link.lost.addCallback(self._lost, link)
        if met.passage is not None:
            self._passages[link] = met.passage
            met.passage.open(self._came)
        handOver(met.stream, link, met.rest)
        # The port of one that has dialled says nothing to anybody.
        where = (hostPort if dialled else hostOf)(link.getPeer())
        self._log.info("the link to node {name} at {where} is up", name=link.name, where=where)
        for waiting in self._newNoMore(link.node):
            waiting.callback(link)
        return link

    def _lost(self, error: BaseException, link: Link) -> BaseException:
        if self._links.get(link.node) is link:
            del self._links[link.node]
        passage = self._passages.pop(link, None)
        if passage is not None:
            passage.close()
        if self._open:
            self._log.warn("the link to node {name} is lost: {reason}", name=link.name, reason=str(error))
        return error

    # Users

    def stream(self, node: str, ask: Mapping[str, object]) -> Deferred[IStream]:
        """
        Ask another node for something, as L{ask} does, and wait for the answer.

        @return: fires with a stream, paused, when the other node has said yes; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}, also with its words. Cancel it to give up.
        """
        return self.ask(node, ask).addCallback(lambda asking: asking.answered)

    def ask(self, node: str, ask: Mapping[str, object], behind: bytes = b"") -> Deferred[Asking]:
        """
        Ask another node for something.

        @param node: that one.
        @param ask: what JSON can say, in 16 KiB.
        @param behind: what the stream begins with after a yes. It goes with the question, and is lost with a refusal.
        @return: fires with a stream, paused, that may be used at once, and ends if the other node does not say yes;
            fails with L{NoWorkStream<frp.errors.NoWorkStream>} where nobody was asked. A node that has just come is
            asked as soon as there is a link to it.
        """
        link = self._links.get(node)
        if link is not None:
            return link.ask(ask, behind)
        new = self._new.get(node)
        left = 0 if new is None else new.until - self._reactor.seconds()
        if left <= 0:
            return fail(self._noLink(node))

        def late(result: object, seconds: float) -> Link:
            raise self._noLink(node)

        return self._first(node).addTimeout(left, self._reactor, late).addCallback(lambda link: link.ask(ask, behind))

    def together(self, node: str, act: Callable[[], T]) -> T:
        """Do something that asks a node, and says more on the streams of that; it leaves in one write."""
        link = self._links.get(node)
        return act() if link is None else link.together(act)

    def _first(self, node: str) -> Deferred[Link]:
        """@return: fires when one that was never met is met; fails with L{NoWorkStream} when it has gone."""
        first: Deferred[Link] = Deferred()
        self._new[node].waiting.append(first)
        return first

    async def met(self, node: str) -> None:
        """Wait until a node that has just come was met, or has gone; that may be never."""
        if node in self._new:
            with suppress(NoWorkStream):
                await self._first(node)

    def _noLink(self, node: str) -> NoWorkStream:
        return NoWorkStream(f"there is no link to node {self._names.get(node, node)}")

    def passOn(self, node: str, user: IStream, said: bytes) -> bool:
        """
        Let another node serve a user in place of this one.

        @param said: what it gets with the user.
        @return: whether it does; the user is gone then. Only to processes of the same machine is there a way.
        """
        link = self._links.get(node)
        passage = None if link is None else self._passages.get(link)
        return passage is not None and passage.give(user, said)
