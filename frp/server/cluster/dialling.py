"""Reaching another node, again and again."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.errors import FRPError
from frp.logs import Log
from frp.server.cluster.link import Link
from frp.server.cluster.meeting import AnotherNode
from frp.session.deadline import Later
from frp.sockets.addresses import dialFault

__all__ = ["FIRST", "LONGEST", "Dialling"]

#: Seconds between two attempts: twice as many after each, up to the longest.
FIRST = 0.1
LONGEST = 2.0


class Dialling:
    """
    Keeps one link up, from L{start} or L{keep} to L{stop}.

    @ivar address: where the other node listens.
    @ivar why: what keeps it from being reached, as it was said last; empty while there is a link.
    """

    def __init__(
        self, clock: IReactorTime, log: Log, name: str, address: str, dial: Callable[[str], Deferred[Link]]
    ) -> None:
        """
        @param name: what people call the other node.
        @param dial: makes one attempt to reach an address; fails with an L{FRPError}, or with Twisted's errors.
        """
        self.address = address
        self._name = name
        self._clock = clock
        self._log = log
        self._dial = dial
        self._wait = FIRST
        self.why = ""
        self._attempt: Deferred[None] | None = None
        self._again = Later(clock)
        self._stopped = False

    def start(self) -> None:
        self._attempt = self._dial(self.address).addCallbacks(self.keep, self._failed)

    def stop(self) -> None:
        """A link that is up stays."""
        self._stopped = True
        self._again.stop()
        if self._attempt is not None:
            self._attempt.cancel()

    def keep(self, link: Link) -> None:
        """Begin with a link that is up already: dial when it is lost."""
        self.why = ""
        link.lost.addCallback(self._lost, self._clock.seconds())

    def _lost(self, error: BaseException, since: float) -> BaseException:
        if self._clock.seconds() - since > LONGEST:
            self._wait = FIRST
        self._later()
        return error

    def _failed(self, failure: Failure) -> None:
        if self._stopped:
            return
        why = self._why(failure)
        # The same is not said twice.
        if why != self.why:
            self.why = why
            if failure.check(FRPError, ConnectError, DNSLookupError):
                self._log.warn(
                    "there is no link to node {name} at {address}, which is tried again: {reason}",
                    name=self._name,
                    address=self.address,
                    reason=why,
                )
            else:
                text = "node {name} at {address} could not be dialled"
                self._log.failure(text, failure, name=self._name, address=self.address)
        self._later()

    def _why(self, failure: Failure) -> str:
        error = failure.value
        if isinstance(error, AnotherNode):
            return f"node {error.name} is there, and not {self._name}: see cluster.advertise of {self._name}"
        return error.oneLine if isinstance(error, FRPError) else dialFault(self.address, failure)

    def _later(self) -> None:
        if not self._stopped:
            self._again.set(self._wait, self.start)
            self._wait = min(2 * self._wait, LONGEST)
