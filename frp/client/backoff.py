"""When frpc tries again."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Backoff"]

#: Seconds between attempts to reach a server of which nothing is heard: an attempt costs nobody anything, and users
#: wait.
UNREACHED_LONGEST = 2.2


class Backoff:
    """
    The waits of one client.

    A server that refuses the login is asked as seldom as the reference asks: about 2, 4, 8, 16 and then every 20
    seconds, with a tenth of jitter. A server that cannot be reached is tried at least every 2.7 seconds, each client at
    its own pace, so that all of them are back within three seconds and do not come at once.

    @ivar longest: the longest wait after a refusal: 10 seconds for the first login, 20 later.
    """

    FIRST = 1.0

    def __init__(self, random: Callable[[], float]) -> None:
        """@param random: evenly distributed from 0 to 1."""
        self._random = random
        self._refused = self.FIRST
        self._unreached = 0.0
        self.longest = 10.0

    def refused(self) -> float:
        """@return: seconds to wait after the server has said no."""
        self._refused = min(self.longest, self._refused * 2 * (1 + 0.1 * self._random()))
        return self._refused

    def unreached(self) -> float:
        """@return: seconds to wait after the server could not be reached or went away in the middle."""
        self._unreached = min(UNREACHED_LONGEST, self._unreached * 2 or 0.2)
        return self._unreached * (0.75 + 0.5 * self._random())

    def succeeded(self) -> None:
        """The login was accepted: the next trouble starts anew."""
        self._refused = self.FIRST
        self._unreached = 0.0
        self.longest = 20.0
