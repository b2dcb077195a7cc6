"""Asking whoever is at the other end of a connection for a stream: a proxy, or a web server in front of frps."""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, Refused, RemoteWireError, TunnelLost
from frp.interfaces import IStream
from frp.session.greeting import handOver
from frp.wire.handshake import Handshake

__all__ = ["ask", "inTime"]

T = TypeVar("T")


def ask(carrier: IStream, handshake: Handshake, whom: str, whenClosed: str) -> Deferred[tuple[IStream, bytes]]:
    """
    Have a dialogue.

    @param whom: what the other end is called, with its address, in all errors.
    @param whenClosed: what to look at where it hangs up without an answer, and the handshake has no hint.
    @return: fires with the carrier and the first bytes of the stream, to be handed over at once; fails with a
        L{TunnelLost} that has its words, with L{Refused} where it does not want us, or with a L{RemoteWireError}.
    """
    asking = _Asking(handshake, whom, whenClosed)
    handOver(carrier, asking)
    return asking.answered


def inTime(asked: Deferred[T], seconds: float, clock: IReactorTime, whom: str, hint: str) -> Deferred[T]:
    """
    Give up after so many seconds.

    @param hint: what to look at then.
    """

    def tooSlow(outcome: T | Failure, timeout: float) -> T | Failure:
        if not isinstance(outcome, Failure) or outcome.check(CancelledError) is None:
            return outcome
        raise TunnelLost(f"{whom}: i/o timeout", f"{whom}: no answer within {timeout:g} s: {hint}")

    return asked.addTimeout(seconds, clock, tooSlow)


class _Asking(Protocol):
    """
    Has the dialogue.

    @ivar answered: fires with the transport and the first bytes of the stream.
    """

    transport: IStream

    def __init__(self, handshake: Handshake, whom: str, whenClosed: str) -> None:
        self.answered: Deferred[tuple[IStream, bytes]] = Deferred(lambda _: self._end())
        self._handshake = handshake
        self._whom = whom
        self._whenClosed = whenClosed
        self._over = False

    def connectionMade(self) -> None:
        self.transport.write(self._handshake.begin())

    def dataReceived(self, data: bytes) -> None:
        handshake = self._handshake
        if self._over:
            return
        try:
            said = handshake.receive(data)
        except RemoteWireError as error:
            self._fail(RemoteWireError(error.brief, f"{self._whom}: {error.detail}"))
            return
        if said:
            self.transport.write(said)
        if handshake.done:
            self._over = True
            self.answered.callback((self.transport, handshake.takeRest()))
        elif handshake.refusal:
            hint = f"; {handshake.hint}" if handshake.hint else ""
            kind = Refused if handshake.unwelcome else TunnelLost
            self._fail(kind(handshake.refusal, f"{self._whom}: {handshake.refusal}{hint}"))

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self._over:
            self._over = True
            why = reason.value if reason is not None else None
            if isinstance(why, FRPError):
                # TLS below says it better.
                self.answered.errback(TunnelLost(why.brief, f"{self._whom}: {why.detail}"))
                return
            brief = f"{self._whom}: closed before it answered"
            self.answered.errback(TunnelLost(brief, f"{brief}: {self._handshake.hint or self._whenClosed}"))

    def _fail(self, error: FRPError) -> None:
        self._end()
        self.answered.errback(error)

    def _end(self) -> None:
        self._over = True
        self.transport.abortConnection()
