"""QUIC through a hole, on the port where the other client was heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory

from frp.config.common import QUICConfig
from frp.errors import FRPError, TunnelLost
from frp.interfaces import IReactor, ISession, ITLSSide
from frp.logs import Log
from frp.nathole.passage import Passage
from frp.nathole.punching import Hole
from frp.session.deadline import Later
from frp.sockets.datagram import give
from frp.transports.quic.interfaces import Address, Datagram
from frp.transports.quic.session import QUICSession
from frp.transports.quic.settings import FIRST_WINDOW, settingsOf
from frp.transports.quic.single import Answering, Single

__all__ = ["serveQUIC", "visitQUIC"]

#: Seconds for a handshake, and in which a visitor must begin it.
_HANDSHAKE = 10

S = TypeVar("S", bound=Single)


class _Heard(Single):
    """@ivar came: is told of datagrams when they have been looked at."""

    came: Callable[[], object] = staticmethod(lambda: None)

    def runReceived(self, datagrams: list[Datagram], sender: Address) -> None:
        super().runReceived(datagrams, sender)
        self.came()

    def slow(self) -> FRPError:
        return TunnelLost("the proxy's client says nothing", f"no handshake through the hole within {_HANDSHAKE} s")


def serveQUIC(
    reactor: IReactor, log: Log, hole: Hole, table: QUICConfig, side: ITLSSide, accept: IProtocolFactory
) -> Deferred[ISession]:
    """
    Wait for the visitor to begin.

    @param table: C{transport.quic}; @param side: a server's.
    @param accept: answers the streams of the visitor.
    @return: fails with L{TunnelLost} where no handshake comes to an end; the port is closed then.
    """
    single = _single(Answering, reactor, log, hole, table, side)
    silence = Later(reactor)

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

    made: Deferred[ISession] = Deferred(end)
    single.begun = begun
    silence.set(_HANDSHAKE, silent)
    return made


def visitQUIC(reactor: IReactor, log: Log, hole: Hole, table: QUICConfig, side: ITLSSide) -> Deferred[Passage]:
    """
    Begin the handshake.

    @param table: C{transport.quic}; @param side: a client's.
    @return: fails as that of L{serveQUIC}.
    """
    single = _single(_Heard, reactor, log, hole, table, side)

    def made(session: QUICSession) -> Passage:
        passage = Passage(reactor, session, lambda: session.heard)
        single.came = passage.came
        return passage

    return single.dial().ready.addCallback(made)


def _single(kind: type[S], reactor: IReactor, log: Log, hole: Hole, table: QUICConfig, side: ITLSSide) -> S:
    # A visitor's streams are told to the peer by their being widened: not all of its users speak first.
    settings = attrs.evolve(settingsOf(side, table), ownWindow=FIRST_WINDOW)
    single = kind(reactor, log, settings, table, hole.peer, _HANDSHAKE)
    port = hole.port.transport
    give(port, single)
    port.connect(*hole.peer)
    return single


def _asSession(session: QUICSession) -> ISession:
    return session
