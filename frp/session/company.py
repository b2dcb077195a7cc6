"""Whether a stream that sends much is alone in its session."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

__all__ = ["SMALL", "Company"]

#: Whoever writes less than that at a time waits for answers, and not for bandwidth.
SMALL = 4096

#: Seconds for which that is company to others.
COMPANY = 0.05


class Company:
    """Who has written little of late: he waits behind what others have under way, so that they keep it small."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._until = clock.seconds()

    def came(self) -> None:
        """Somebody has written less than L{SMALL}."""
        self._until = self._clock.seconds() + COMPANY

    @property
    def here(self) -> bool:
        """Whether somebody has done so just now."""
        return self._clock.seconds() < self._until
