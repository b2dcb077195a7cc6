"""KCP with yamux through a hole, on the port where the other client was heard."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory
from twisted.python.failure import Failure

from frp.interfaces import IReactor, ISession
from frp.logs import Log
from frp.nathole.passage import Passage
from frp.nathole.punching import Hole
from frp.session.greeting import Once
from frp.session.muxed import MuxedSession
from frp.sockets.datagram import give
from frp.sockets.trains import Train
from frp.transports.kcp.dialling import Connected
from frp.wire.kcp.conversation import Conversation

__all__ = ["serveKCP", "visitKCP"]

#: Seconds between pings.
_KEEPALIVE = 10

#: What the reference takes for both ends: the number of the conversation, and how many segments may be under way.
_NUMBER = 1
_WINDOW = 1024


class _Heard(Connected):
    """@ivar came: is told of datagrams when they have been looked at."""

    came: Callable[[], object]

    def trainsReceived(self, trains: list[Train]) -> None:
        super().trainsReceived(trains)
        self.came()


def serveKCP(reactor: IReactor, log: Log, hole: Hole, accept: IProtocolFactory) -> ISession:
    """
    @param accept: answers the streams of the visitor.
    @return: there is no handshake: it is there at once, and ends when it hears nothing.
    """
    session = MuxedSession(reactor, log, client=False, accept=accept, keepalive=_KEEPALIVE)
    _converse(Connected(reactor), hole, session)
    return session


def visitKCP(reactor: IReactor, log: Log, hole: Hole) -> Deferred[Passage]:
    """
    @return: what stands for a handshake is the answer to the first ping. Without one it fails with
        L{TunnelLost<frp.errors.TunnelLost>}, and the port is closed.
    """
    session = MuxedSession(reactor, log, client=True, keepalive=_KEEPALIVE)
    exchange = _Heard(reactor)
    conversation = _converse(exchange, hole, session)
    passage = Passage(reactor, session, lambda: conversation.heardAt)
    exchange.came = passage.came

    def givenUp(failure: Failure) -> Failure:
        session.abort()
        return failure

    return passage.sign().addCallbacks(lambda _: passage, givenUp)


def _converse(exchange: Connected, hole: Hole, session: MuxedSession) -> Conversation:
    port = hole.port.transport
    give(port, exchange)
    port.connect(*hole.peer)
    conversation = Conversation(_NUMBER, exchange.now(), sends=_WINDOW, receives=_WINDOW)
    exchange.converse(conversation, hole.peer, Once(session))
    return conversation
