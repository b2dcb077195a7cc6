"""The heartbeats of a session: frps is told that we live, and must say that it does."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.config.client import ClientTransportConfig
from frp.errors import FRPError, TunnelLost, bugBehind
from frp.kinds.blaming import report
from frp.logs import Log
from frp.session.deadline import Later
from frp.wire.messages import Ping, Pong

__all__ = ["Heartbeat"]

#: Seconds until a heartbeat is tried again for which there was no proof; twice as many after each further time, until
#: it is the interval.
FIRST_RETRY = 1.0


class Heartbeat:
    """Says C{Ping} again and again, and waits for the answers."""

    def __init__(
        self,
        transport: ClientTransportConfig,
        clock: IReactorTime,
        log: Log,
        sign: Callable[[Ping], Deferred[object]],
        tell: Callable[[Ping], object],
        failed: Callable[[TunnelLost], object],
    ) -> None:
        """
        @param transport: how often, and how long without an answer, in seconds; nothing above 0 means never.
        @param sign: fills in the proof.
        @param failed: called when frps refuses us, or says nothing any more.
        """
        self._interval = transport.heartbeatInterval
        self._timeout = transport.heartbeatTimeout
        self._clock = clock
        self._log = log
        self._sign = sign
        self._tell = tell
        self._failed = failed
        self._retry: float = FIRST_RETRY
        self._next = Later(clock)
        self._watching = Later(clock)
        self._heardAt = 0.0
        self._stopped = False

    def start(self) -> None:
        self._heardAt = self._clock.seconds()
        if self._interval > 0:
            self._beat()
            if self._timeout > 0:
                self._watch()

    def stop(self) -> None:
        """The session is over. Final."""
        self._stopped = True
        self._next.stop()
        self._watching.stop()

    def _beat(self) -> None:
        ping = Ping()
        signed = self._sign(ping)
        signed.addCallback(lambda _: self._ping(ping)).addErrback(self._noPing)

    def _ping(self, ping: Ping) -> None:
        if self._stopped:
            return
        self._tell(ping)
        self._log.debug("send heartbeat to server")
        self._retry = FIRST_RETRY
        self._next.set(self._interval, self._beat)

    def _noPing(self, failure: Failure) -> None:
        """There is no proof for it now, as when whoever gives proofs is away; soon there may be one."""
        if self._stopped:
            return
        if isinstance(failure.value, FRPError) and bugBehind(failure.value) is None:
            text = "error during ping authentication: {reason}, skip sending ping message"
            self._log.warn(text, reason=str(failure.value))
        else:
            report(self._log, "a heartbeat failed", failure)
        self._next.set(min(self._retry, self._interval), self._beat)
        self._retry = min(2 * self._retry, self._interval)

    def ponged(self, pong: Pong) -> None:
        """frps has answered."""
        if pong.error:
            self._log.error("pong message contains error: {reason}", reason=pong.error)
            self._failed(TunnelLost("the server refuses our heartbeats", pong.error))
        else:
            self._heardAt = self._clock.seconds()
            self._log.debug("receive heartbeat from server")

    def _watch(self) -> None:
        if self._clock.seconds() - self._heardAt > self._timeout:
            self._log.warn("heartbeat timeout")
            self._failed(TunnelLost("heartbeat timeout"))
        else:
            self._watching.set(1, self._watch)
