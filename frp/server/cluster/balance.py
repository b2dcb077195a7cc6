"""Clients that are sent elsewhere, where a node has more of them than the others."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from random import Random, SystemRandom

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.errors import TunnelLost
from frp.logs import Log
from frp.server.clients import Clients
from frp.session.deadline import Later

__all__ = ["EVERY", "Balance"]

#: Seconds between two looks.
EVERY = 1.0

_WHY = "this node has more clients than the others: another one takes this client"


class Balance:
    """
    Each second, a few clients go that have no user, as long as this node carries too much. They come back by way of the
    load balancer, which need not lead them here again; which ones they are is left to chance, so that one that comes
    back at once is not the next to go.
    """

    def __init__(
        self,
        clients: Callable[[], Clients],
        loads: Callable[[], list[int]],
        clock: IReactorTime,
        log: Log,
        *,
        above: float,
        share: float,
        random: Random | None = None,
    ) -> None:
        """
        @param loads: how many clients each node has, this one among them.
        @param above: of the mean, by how much this node may have more: 0.2 is a fifth.
        @param share: of its clients, how much goes in a second at most; one always may.
        """
        self._clients = clients
        self._loads = loads
        self._log = log
        self._above = above
        self._share = share
        self._random = random or SystemRandom()
        self._timer = Later(clock)

    def start(self) -> None:
        """Look from now on."""
        self._timer.set(EVERY, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _look(self) -> None:
        self._timer.set(EVERY, self._look)
        online, loads = self._clients().online(), self._loads()
        mean = sum(loads) / len(loads) if loads else 0.0
        most = ceil(mean * (1 + self._above))
        excess = len(online) - most
        if excess <= 0:
            return
        idle = [control for control in online if not control.busy]
        going = min(excess, len(idle), max(1, int(len(online) * self._share)))
        if going:
            self._log.info(
                "{going} of {here} clients are sent elsewhere: the nodes have {mean:.1f} of them on average",
                going=going,
                here=len(online),
                mean=mean,
            )
        for control in self._random.sample(idle, going):
            control.close(Failure(TunnelLost(_WHY)))
