"""
What clients say of proxies whose clients are at other nodes, such as a visitor that would meet the client of an xtcp
proxy: it is answered there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import NoWorkStream
from frp.interfaces import Entry, IServerMessageSite, IStream
from frp.kinds.awaiting import later
from frp.server.answers import answersOfKinds
from frp.server.cluster.remote import Streams
from frp.server.serving import Serving
from frp.session.channel import ControlChannel
from frp.session.correspondence import Answer, Correspondence, Corresponding
from frp.session.deadline import Later
from frp.session.greeting import handOver
from frp.wire.messages import Login, Message, toJSON
from frp.wire.v1 import V1

__all__ = ["IDLE", "Consulted", "Consulting"]

#: Seconds without a message in either direction after which two nodes speak no more of a client, until it says more.
IDLE = 60.0


class Consulting:
    """The side of the client that says it. For each client there is one stream to each node that it has to do with."""

    def __init__(self, where: Callable[[str], Entry | None], streams: Streams, clock: IReactorTime) -> None:
        """
        @param where: the entry of a proxy of another node, by the name.
        @param streams: to other nodes, as the directory calls them.
        """
        self._where = where
        self._streams = streams
        self._clock = clock
        self._branches: dict[tuple[IServerMessageSite, str], _Branch] = {}

    def answer(self, site: IServerMessageSite, answer: Answer, message: Message) -> object:
        """
        Let the node answer where the client of the proxy is that the message names.

        @param answer: what this node says, where it is that node, or that one cannot be asked.
        @return: what L{Answer<frp.session.correspondence.Answer>} returns.
        """
        entry = self._where(getattr(message, "proxy_name", ""))
        if entry is None:
            return answer(message)
        branch = self._branches.get((site, entry.node))
        if branch is not None:
            branch.say(message)
            return None
        asked = self._streams(entry.node, {"consult": site.runId, "login": toJSON(site.login).decode()})
        asked.addCallback(self._grow, site, entry.node, message)
        return asked.addErrback(self._alone, site, message, answer)

    def _grow(self, stream: IStream, site: IServerMessageSite, node: str, message: Message) -> None:
        key = site, node
        branch = self._branches[key] = _Branch(stream, site, self._clock, lambda: self._branches.pop(key, None))
        branch.say(message)

    def _alone(self, failure: Failure, site: IServerMessageSite, message: Message, answer: Answer) -> object:
        failure.trap(NoWorkStream)
        site.log.warn("the node of the proxy's client is not asked: {reason}", reason=str(failure.value))
        said = answer(message)
        return later(said) or said


class _Branch:
    """What another node has to say to one client of this one."""

    def __init__(
        self, stream: IStream, site: IServerMessageSite, clock: IReactorTime, gone: Callable[[], object]
    ) -> None:
        self._site = site
        self._idle = Later(clock)
        self._gone = gone
        self._channel = ControlChannel(site.log, V1, None, self._heard, self._lost, clock, answering=False)
        handOver(stream, self._channel)

    def say(self, message: Message) -> None:
        self._idle.set(IDLE, self._channel.close)
        self._channel.send(message)

    def _heard(self, message: Message) -> None:
        self._idle.set(IDLE, self._channel.close)
        self._site.tell(message)

    def _lost(self, reason: Failure) -> None:
        self._idle.stop()
        self._gone()


@implementer(IServerMessageSite)
class Consulted(Corresponding):
    """
    The side of the proxy's client: a client of another node, as kinds see it that answer its messages. It lasts as long
    as the stream.
    """

    messages: Correspondence

    def __init__(self, serving: Serving, login: Login, runId: str) -> None:
        """@param login: of that client; the other node has proven it."""
        self.clock = serving.reactor
        self.log = serving.log.about(runId=runId)
        self.login = login
        self.runId = runId
        self.messages = Correspondence(serving.reactor, self.log, self._answerForKinds)
        self._serving = serving

    def begin(self, stream: IStream) -> None:
        """@param stream: from the other node."""
        channel = ControlChannel(self.log, V1, None, self.messages.handle, self._lost, self.clock)
        self.messages.begin(channel)
        handOver(stream, channel)

    def _lost(self, reason: Failure) -> None:
        self.messages.end("the other node has no more to say of this client")

    def _answerForKinds(self) -> None:
        answersOfKinds(self._serving, self, self.messages)

    def gateway(self, name: str) -> Any:
        return self._serving.gateways.get(name)
