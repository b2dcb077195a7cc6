"""C{serverMode = "failover"}: the best of the servers that can be had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import random

from twisted.internet.interfaces import IReactorTime

from frp.client.remote import Remote
from frp.session.deadline import Later

__all__ = ["HANDOVER", "Failover"]

#: Seconds that a better server has to answer for its proxies, before users are sent to it all the same.
HANDOVER = 10


class Failover:
    """
    One server at a time.

    Without a session the servers are begun in their order, the next one when the one before is in trouble; each goes on
    trying at its own pace until somebody lets us in. That ends the others. From a server that is not the first one the
    way leads back: the better ones are tried now and then, one after the other, and the first that lets us in takes
    over as soon as it has answered for all proxies.
    """

    def __init__(
        self,
        remotes: Sequence[Remote],
        clock: IReactorTime,
        interval: float,
        leave: Callable[[Remote], object],
        random: Callable[[], float] = random,
    ) -> None:
        """
        @param remotes: the best first.
        @param interval: seconds, a quarter more or less, between two rounds through the better ones; none below 0.
        @param leave: ends the life with a server, and lets those finish whom it serves.
        @param random: evenly distributed from 0 to 1.
        """
        self._remotes = remotes
        self._interval = interval
        self._leave = leave
        self._random = random
        self._best: Remote | None = None
        self._next: list[Remote] = []  # are to be tried, in this order
        self._looking = Later(clock)
        self._back = Later(clock)
        self._patience = Later(clock)

    def start(self) -> None:
        self._best = None
        self._next = list(self._remotes)
        self._look()

    def changed(self) -> None:
        self._looking.set(0, self._look)

    def stop(self) -> None:
        for timer in (self._looking, self._back, self._patience):
            timer.stop()

    def _look(self) -> None:
        best = next((one for one in self._remotes if one.session is not None), None)
        if best is not self._best:
            self._move(best)
        if best is not None:
            self._endOthers(best)
        if any(one.begun and one.session is None and one.trouble is None for one in self._remotes):
            return  # somebody is being asked for the first time
        self._beginNext()
        if not self._next and best not in (None, self._remotes[0]) and self._interval > 0 and not self._back.waiting:
            self._back.set(self._interval * (0.75 + 0.5 * self._random()), self._goBack)

    def _beginNext(self) -> None:
        while self._next:
            one = self._next.pop(0)
            if not one.begun:
                one.begin()
                return

    def _move(self, best: Remote | None) -> None:
        """Another server is the best that can be had, or none can."""
        before, self._best = self._best, best
        self._back.stop()
        self._next = []
        if best is not None:
            self._patience.set(HANDOVER, self._look)
        elif before is not None:
            at = self._remotes.index(before)
            self._next = [*self._remotes[at + 1 :], *self._remotes[:at]]
            self._beginNext()

    def _endOthers(self, best: Remote) -> None:
        """All but the better ones of which nothing is known yet."""
        assert best.session is not None, "the best is one that has a session"
        worse = self._remotes[self._remotes.index(best) + 1 :]
        ready = best.session.settled or not self._patience.waiting
        for one in self._remotes:
            if one.session is None and (one.trouble is not None or one in worse):
                one.end()
            elif one in worse and ready:
                self._leave(one)

    def _goBack(self) -> None:
        assert self._best is not None, "from nobody there is no way back"
        self._next = list(self._remotes[: self._remotes.index(self._best)])
        self._look()
