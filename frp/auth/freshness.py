"""
How old a proof may be (C{auth.clockWindow}), and how long it may be used (C{auth.refuseReplays}). The reference does
not look.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.errors import AuthError

__all__ = ["Freshness"]


class Freshness:
    """
    Remembers when proofs were first used.

    A proof of the method token is made of the secret and the second alone, so all clients that log in within one second
    bring the same one, and it may come again honestly. It is refused only when it comes again L{GRACE} seconds after it
    came first; to somebody whose clock is right that does not happen. What is remembered is a time for each second of
    the window, however many clients there are.
    """

    #: Seconds for a slow network, slow hooks, and clocks that differ a little.
    GRACE = 30

    def __init__(self, clock: IReactorTime, window: int, *, once: bool) -> None:
        """
        @param clock: its seconds are those since 1970.
        @param window: seconds by which a client's clock may differ from it; 0 accepts any.
        @param once: whether proofs are remembered.
        """
        self._clock = clock
        self._window = window
        self._once = once
        self._seen: dict[int, float] = {}  # in the order in which they came

    def check(self, timestamp: int, name: str) -> None:
        """
        @param timestamp: when the client made a proof. The proof is verified already.
        @param name: of the message.
        @raise AuthError: the clocks differ too much, or the proof was used before.
        """
        now = self._clock.seconds()
        off = timestamp - now
        if self._window and abs(off) > self._window:
            brief = f"timestamp in {name} is too far from the time of the server"
            apart = f"{-off:.0f} seconds behind" if off < 0 else f"{off:.0f} seconds ahead of"
            hint = "set the client's clock, or ours; or somebody repeats what was overheard"
            raise AuthError(brief, f"{brief}: {apart} our clock, and auth.clockWindow is {self._window}; {hint}")
        if self._once:
            self._remember(timestamp, now, name)

    def _remember(self, timestamp: int, now: float, name: str) -> None:
        self._forget(now)
        since = now - self._seen.setdefault(timestamp, now)
        if since > self.GRACE:
            brief = f"proof in {name} was used before"
            hint = "somebody repeats what was overheard (auth.refuseReplays)"
            raise AuthError(brief, f"{brief}, {since:.0f} seconds ago: {hint}")

    def _forget(self, now: float) -> None:
        # One that came this long ago is older than any window by now.
        kept = 2 * self._window + 1
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest] <= kept:
                return
            del self._seen[oldest]
