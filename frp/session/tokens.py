"""How often, or how much: tokens that are spent, and come back with time."""

from __future__ import annotations

__all__ = ["TokenBucket"]


class TokenBucket:
    """
    Starts full, and fills up again. More may be taken than there is: that is a debt, which time pays like all else.

    @ivar most: the tokens that it holds when it is full.
    @ivar rate: the tokens that come back each second; more than 0.
    """

    __slots__ = ("_last", "_tokens", "most", "rate")

    def __init__(self, most: float, rate: float) -> None:
        self.most = most
        self.rate = rate
        self._tokens = most
        self._last: float | None = None

    def left(self, now: float) -> float:
        """
        @param now: in seconds, here and below.
        @return: how many tokens there are; below 0 is debt.
        """
        # The reactor's clock is the wall clock: when somebody sets it back, nothing is gained and nothing waits for
        # the old time.
        if self._last is not None and now > self._last:
            self._tokens = min(self.most, self._tokens + (now - self._last) * self.rate)
        self._last = now
        return self._tokens

    def take(self, n: float, now: float) -> float:
        """
        Take them, whether or not they are there.

        @return: the seconds until all that is owed has come back: 0 where there were so many.
        """
        self._tokens = left = self.left(now) - n
        return -left / self.rate if left < 0 else 0.0
