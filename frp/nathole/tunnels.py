"""Sessions through a hole: KCP with yamux, or QUIC, on the port where the other client was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocolFactory

from frp.errors import TunnelLost
from frp.interfaces import IReactor, ISession, ITLSSide
from frp.logs import Log
from frp.nathole.punching import Hole
from frp.session.deadline import Later
from frp.session.greeting import Once
from frp.sockets.datagram import give

if TYPE_CHECKING:
    from frp.config.common import QUICConfig
    from frp.transports.quic.session import QUICSession
    from frp.transports.quic.single import Answering

__all__ = ["overKCP", "overQUIC"]

#: Seconds between pings of a session over KCP; seconds for a handshake, and in which a visitor must begin one.
_KEEPALIVE = 10
_HANDSHAKE = 10

#: What the reference takes for both ends: the number of the conversation, and how many segments may be under way.
_NUMBER = 1
_WINDOW = 1024


def overKCP(
    reactor: IReactor, log: Log, hole: Hole, *, client: bool, accept: IProtocolFactory | None = None
) -> Deferred[ISession]:
    """
    @param client: whether we are the visitor; @param accept: answers the streams of one.
    @return: there is no handshake: it is there at once, and ends when it hears nothing.
    """
    from frp.session.muxed import MuxedSession
    from frp.transports.kcp.dialling import Connected
    from frp.wire.kcp.conversation import Conversation

    exchange = Connected(reactor)
    port = hole.port.transport
    give(port, exchange)
    port.connect(*hole.peer)
    session = MuxedSession(reactor, log, client=client, accept=accept, keepalive=_KEEPALIVE)
    conversation = Conversation(_NUMBER, exchange.now(), sends=_WINDOW, receives=_WINDOW)
    exchange.converse(conversation, hole.peer, Once(session))
    return succeed(session)


def overQUIC(
    reactor: IReactor,
    log: Log,
    hole: Hole,
    table: QUICConfig,
    side: ITLSSide,
    accept: IProtocolFactory | None = None,
) -> Deferred[ISession]:
    """
    @param table: C{transport.quic}; @param side: a server's for the proxy's client, which waits for the visitor.
    @param accept: answers the streams of the visitor.
    @return: fails with L{TunnelLost} where no handshake comes to an end; the port is closed then.
    """
    from frp.transports.quic.settings import FIRST_WINDOW, settingsOf
    from frp.transports.quic.single import Answering, Single

    # A visitor's streams are told to the peer by their being widened: not all of its users speak first.
    settings = attrs.evolve(settingsOf(side, table), ownWindow=FIRST_WINDOW)
    kind = Answering if side.server else Single
    single = kind(reactor, log, settings, table, hole.peer, _HANDSHAKE)
    port = hole.port.transport
    give(port, single)
    port.connect(*hole.peer)
    if isinstance(single, Answering):
        return _answered(reactor, single, accept)
    return single.dial().ready.addCallback(_asSession)


def _answered(reactor: IReactor, single: Answering, accept: IProtocolFactory | None) -> Deferred[ISession]:
    def end(_: object = None) -> None:
        silence.stop()
        if single.session is not None:
            single.session.abort()
        else:
            single.transport.stopListening()

    def silent() -> None:
        end()
        made.errback(TunnelLost("the visitor says nothing", f"no handshake began within {_HANDSHAKE} s"))

    def begun(session: QUICSession) -> None:
        silence.stop()
        session.accept = accept
        session.ready.addCallback(_asSession).chainDeferred(made)

    silence = Later(reactor)
    made: Deferred[ISession] = Deferred(end)
    single.begun = begun
    silence.set(_HANDSHAKE, silent)
    return made


def _asSession(session: QUICSession) -> ISession:
    return session
