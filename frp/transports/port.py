"""One listening port, many protocols: who gets a connection is decided by its first bytes."""

from __future__ import annotations

from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import Claim, ISharedPort, IStream
from frp.logs import Log
from frp.session.greeting import handOver
from frp.wire.address import hostPort

__all__ = ["Claim", "SharedPort"]

#: Seconds in which a connection must send enough to be told apart.
SNIFF_TIMEOUT = 10


@implementer(ISharedPort)
class SharedPort(Factory):
    """
    The factory of a shared port.

    A connection is given away as soon as the claims can be decided; the reference always waits for ten bytes.
    """

    noisy = False

    def __init__(self, clock: IReactorTime, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._claims: list[Claim] = []

    def claim(self, claim: Claim) -> None:
        """Claim connections. Between equal priorities, the claim that needs fewer bytes is asked first."""
        self._claims.append(claim)
        self._claims.sort(key=lambda c: (c.priority, c.need))

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        assert addr is not None, "a port knows who connects"
        return _Sniffer(self._claims, addr, self._clock, self._log)


class _Sniffer(Protocol):
    """One connection of which nobody knows yet whose it is."""

    transport: IStream
    _timer: IDelayedCall

    def __init__(self, claims: list[Claim], addr: IAddress, clock: IReactorTime, log: Log) -> None:
        self._claims = claims
        self._addr = addr
        self._clock = clock
        self._log = log
        self._first = b""

    def connectionMade(self) -> None:
        self._timer = self._clock.callLater(SNIFF_TIMEOUT, self._timedOut)

    def dataReceived(self, data: bytes) -> None:
        self._first = first = self._first + data
        for claim in self._claims:
            if len(first) < claim.need:
                if claim.could(first):
                    return
            elif claim.matches(first):
                self._give(claim)
                return
        self._timer.cancel()
        self._log.warn(
            "a connection from {peer} is closed: nothing here answers {first!r}",
            peer=hostPort(self._addr),
            first=first[:16],
        )
        self.transport.abortConnection()

    def _give(self, claim: Claim) -> None:
        self._timer.cancel()
        protocol = claim.answer.buildProtocol(self._addr)
        if protocol is None:
            self.transport.abortConnection()
        else:
            handOver(self.transport, protocol, self._first)

    def connectionLost(self, reason: Failure | None = None) -> None:
        if self._timer.active():
            self._timer.cancel()

    def _timedOut(self) -> None:
        self._log.info(
            "a connection from {peer} is closed: it sent {size} bytes in {seconds} s",
            peer=hostPort(self._addr),
            size=len(self._first),
            seconds=SNIFF_TIMEOUT,
        )
        self.transport.abortConnection()
