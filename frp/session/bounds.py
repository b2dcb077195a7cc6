"""What a peer may make a session do."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.errors import RemoteWireError

__all__ = ["ASKED_SECONDS", "MAX_ASKED", "MAX_OWED", "Bounds"]

#: How many answers we hold for a peer that asks for them and does not read.
MAX_OWED = 4096

#: How many frames that only want an answer, pings and streams that are refused, may come in so many seconds.
MAX_ASKED = 1000
ASKED_SECONDS = 10


class Bounds:
    """Counts what the peer has asked for."""

    def __init__(self, clock: IReactorTime, what: str = "yamux") -> None:
        """@param what: the protocol, for the errors."""
        self._clock = clock
        self._what = what
        self._owed = 0  # answers that wait for the carrier
        self._asked = 0  # frames that only wanted an answer, since the time that follows
        self._since = 0.0

    def owe(self, blocked: bool) -> None:
        """
        The peer has sent what we answer.

        @param blocked: whether the answer waits for the carrier.
        @raise RemoteWireError: it does not read the answers.
        """
        self._owed += blocked
        if self._owed > MAX_OWED:
            raise RemoteWireError(
                f"{self._what} flood", f"the peer asked for {self._owed} answers and reads none of them"
            )

    def drained(self) -> None:
        self._owed = 0

    def asked(self, what: str) -> None:
        """
        The peer has sent what serves no user.

        @raise RemoteWireError: it does little else.
        """
        now = self._clock.seconds()
        if not 0 <= now - self._since < ASKED_SECONDS:
            self._since = now
            self._asked = 0
        self._asked += 1
        if self._asked > MAX_ASKED:
            raise RemoteWireError(f"{self._what} flood", f"the peer sent {self._asked} {what} within {ASKED_SECONDS} s")
