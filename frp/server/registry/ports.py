"""Which of the server's ports may be used, which are, and by whom. One registry for TCP and one for UDP."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from random import Random

from twisted.internet.defer import Deferred, execute, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.errors import Holder, PortTaken
from frp.interfaces import IPorts
from frp.values import define

__all__ = ["CANDIDATES", "RESERVED", "SWEEP", "Ports"]

# How many free ports are tried when the server is to choose.
CANDIDATES = 5

# For so many seconds after its release a port is what a proxy of the same name gets when the server is to choose.
RESERVED = 24 * 3600.0

# How often, in seconds, reservations that ran out are forgotten.
SWEEP = 3600.0


@define(eq=False)
class _Lease:
    """
    One port of one proxy, now or before.

    @ivar released: when it was given back; None while it is used.
    """

    name: str
    port: int
    owner: object
    released: float | None = None

    def over(self, now: float) -> bool:
        """Whether the name's claim to the port has run out."""
        return self.released is not None and now - self.released > RESERVED


@implementer(IPorts)
class Ports:
    """
    In memory. Opens no socket itself: what tells whether the system would give a port away, is given.

    All texts for clients are the reference's; C{detail} of an error names the holder and is for our own log only.
    """

    def __init__(
        self,
        allowed: Iterable[tuple[int, int]],
        probe: Callable[[int], Exception | None],
        clock: IReactorTime,
        random: Random,
    ) -> None:
        """
        @param allowed: first and last port of each range that may be used, in any order; none at all allows every port.
        @param probe: tries to bind a port and gives it back; returns what went wrong.
        """
        self._allowed = _Allowed(list(allowed) or [(1, 65535)])
        self._probe = probe
        self._clock = clock
        self._random = random
        self._used: dict[int, _Lease] = {}
        # The places (see _Allowed) of the used ports, sorted: with them a free port is found without a list of the
        # free.
        self._places: list[int] = []
        self._reserved: dict[str, _Lease] = {}
        self._swept = clock.seconds()

    def holder(self, port: int) -> str | None:
        """The name of the proxy that has the port."""
        lease = self._used.get(port)
        return None if lease is None else lease.name

    def acquire(self, name: str, port: int, owner: object) -> Deferred[int]:
        return execute(self._acquire, name, port, owner)

    def _acquire(self, name: str, port: int, owner: object) -> int:
        """@raise PortTaken: it cannot be had; nothing changed."""
        self._sweep()
        if port == 0:
            port = self._again(name) or self._any()
        else:
            self._check(port)
        self._used[port] = self._reserved[name] = _Lease(name, port, owner)
        insort(self._places, self._allowed.place(port))
        return port

    def release(self, port: int, owner: object) -> Deferred[None]:
        lease = self._used.get(port)
        if lease is not None and lease.owner == owner:
            del self._used[port]
            del self._places[bisect_left(self._places, self._allowed.place(port))]
            lease.released = self._clock.seconds()
        return succeed(None)

    def _check(self, port: int) -> None:
        """@raise PortTaken: this very port cannot be had."""
        holder = self.holder(port)
        if holder is not None:
            has = Holder(proxy=holder)
            raise PortTaken("port already used", f"port {port} is already used by {has}", holder=has)
        if port not in self._allowed:
            raise PortTaken("port not allowed", f"port {port} is not allowed; allowPorts has {self._allowed}")
        problem = self._probe(port)
        if problem is not None:
            raise PortTaken("port unavailable", f"port {port} is unavailable: {problem}")

    def _again(self, name: str) -> int:
        """The port that a proxy of this name had before, or 0."""
        lease = self._reserved.get(name)
        if lease is None or lease.over(self._clock.seconds()) or lease.port in self._used:
            return 0
        return lease.port if self._probe(lease.port) is None else 0

    def _any(self) -> int:
        free = len(self._allowed) - len(self._places)
        problems = []
        for rank in self._random.sample(range(free), min(CANDIDATES, free)):
            port = self._free(rank)
            problem = self._probe(port)
            if problem is None:
                return port
            problems.append(f"{port} ({problem})")
        detail = f"no available port: {free} of allowPorts ({self._allowed}) are free"
        if problems:
            detail += f"; tried {', '.join(problems)}"
        raise PortTaken("no available port", detail)

    def _free(self, rank: int) -> int:
        """The port that has C{rank} free ones before it."""

        def freeUpTo(place: int) -> int:
            return place + 1 - bisect_right(self._places, place)

        return self._allowed.port(bisect_left(range(len(self._allowed)), rank + 1, key=freeUpTo))

    def _sweep(self) -> None:
        """
        Forget reservations that ran out. The reference has a timer for it; here it is done, no more often, when a
        port is asked for, which is when it matters.
        """
        now = self._clock.seconds()
        if now - self._swept >= SWEEP:
            self._swept = now
            self._reserved = {name: lease for name, lease in self._reserved.items() if not lease.over(now)}


class _Allowed:
    """A set of ports, kept as ranges. Each port has a I{place}: how many ports of the set are smaller."""

    def __init__(self, ranges: Sequence[tuple[int, int]]) -> None:
        """@param ranges: may overlap, be empty, or reach past what is a port."""
        self._ranges: list[tuple[int, int]] = []
        for first, last in sorted((max(1, first), min(65535, last)) for first, last in ranges):
            if self._ranges and first <= self._ranges[-1][1] + 1:
                self._ranges[-1] = (self._ranges[-1][0], max(last, self._ranges[-1][1]))
            elif first <= last:
                self._ranges.append((first, last))
        # The place of the first port of each range, and in the end how many there are.
        self._starts = list(accumulate((last - first + 1 for first, last in self._ranges), initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    def __contains__(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self._ranges)

    def __str__(self) -> str:
        return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self._ranges) or "none"

    def place(self, port: int) -> int:
        """@param port: one of the set."""
        found = bisect_right(self._ranges, port, key=lambda each: each[0]) - 1
        return self._starts[found] + port - self._ranges[found][0]

    def port(self, place: int) -> int:
        """The port at a place."""
        found = bisect_right(self._starts, place) - 1
        return self._ranges[found][0] + place - self._starts[found]
