"""Which of the server's ports may be used, which are, and by whom: leases of proxies on this node, which stand in the
directory. One registry for TCP and one for UDP."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from itertools import accumulate, count
from random import Random

from twisted.internet.defer import Deferred, DeferredList, succeed
from zope.interface import implementer

from frp.errors import PortTaken, Unavailable
from frp.interfaces import Entry, IDirectory, IPorts, IWatcher, Key
from frp.server.registry.claims import Elsewhere, tell, tenantOf, tenureOf
from frp.server.registry.mirrored import Mirrored
from frp.values import frozen

__all__ = ["CANDIDATES", "RESERVED", "Ports"]

# How many free ports are tried when the server is to choose.
CANDIDATES = 5

# For so many seconds after its release a port is what a proxy of the same name gets when the server is to choose.
RESERVED = 24 * 3600.0


@frozen(eq=False)
class _Lease:
    """A port of a proxy on this node."""

    name: str
    owner: Hashable
    group: str
    number: str


@implementer(IPorts, IWatcher)
class Ports:
    """
    Opens no socket itself: what tells whether the system would give a port away, is given. Which ports have gone to
    which names stands in the directory.

    All texts for clients are the reference's; C{detail} of an error names the holder and is for our own log only.
    """

    def __init__(
        self,
        directory: IDirectory,
        kind: str,
        allowed: Iterable[tuple[int, int]],
        probe: Callable[[int], Exception | None],
        random: Random,
        mirrored: Mirrored | None = None,
    ) -> None:
        """
        @param kind: C{"tcp"} or C{"udp"}: the word that tells their keys from others in the directory.
        @param allowed: first and last port of each range that may be used, in any order; none at all allows every port.
        @param probe: tries to bind a port and gives it back; returns what went wrong.
        """
        self._directory = directory
        self._kind = kind
        self._allowed = _Allowed(list(allowed) or [(1, 65535)])
        self._probe = probe
        self._random = random
        self._mirrored = mirrored or Mirrored()
        self._leases: dict[tuple[int, Hashable], _Lease] = {}
        self._latest: dict[str, int] = {}  # of several ports of a name the one that it had last
        self._numbers = count(1)
        # Those of all nodes: by their places (see _Allowed), sorted, a free port is found without a list of the free.
        self._used: dict[int, dict[tuple[str, str], Entry]] = {}
        self._places: list[int] = []
        directory.watch(kind, self)

    # What is used

    def held(self, entry: Entry) -> None:
        port = int(entry.key[1])
        if port not in self._used and port in self._allowed:
            insort(self._places, self._allowed.place(port))
        self._used.setdefault(port, {})[entry.node, entry.owner] = entry

    def gone(self, entry: Entry) -> None:
        port = int(entry.key[1])
        entries = self._used.get(port, {})
        if entries.pop((entry.node, entry.owner), None) is None or entries:
            return
        del self._used[port]
        if port in self._allowed:
            del self._places[bisect_left(self._places, self._allowed.place(port))]

    def holder(self, port: int) -> str | None:
        """The name of the proxy that has the port."""
        entries = self._used.get(port)
        return Elsewhere.of(next(iter(entries.values()))).holder.proxy if entries else None

    # Having one

    def acquire(self, name: str, port: int, owner: Hashable, group: str = "") -> Deferred[int]:
        return Deferred.fromCoroutine(self._acquire(port, _Lease(name, owner, group, str(next(self._numbers)))))

    def join(self, name: str, port: int, owner: Hashable, group: str) -> Deferred[None]:
        return Deferred.fromCoroutine(self._join(port, _Lease(name, owner, group, str(next(self._numbers)))))

    async def _acquire(self, port: int, lease: _Lease) -> int:
        """@raise PortTaken: it cannot be had; nothing changed."""
        if port:
            await self._named(port, lease)
        else:
            port = await self._again(lease) or await self._any(lease)
        while lease.group and (agreed := await self._agreed(port, lease)) != port:
            # Another member has just been given another one, at a node of which this one has not heard yet.
            await self._giveBack(port, lease.owner)
            port = agreed
            await self._named(port, lease)
        self._latest[lease.name] = port
        return port

    async def _named(self, port: int, lease: _Lease) -> None:
        """@raise PortTaken: this one cannot be had."""
        if port not in self._used and port not in self._allowed:
            raise PortTaken("port not allowed", f"port {port} is not allowed; allowPorts has {self._allowed}")
        await self._take(port, lease)
        await self._mirrored.portYielded(self._kind, port)
        problem = self._probe(port)
        if problem is not None:
            await self._giveBack(port, lease.owner)
            raise PortTaken("port unavailable", f"port {port} is unavailable: {problem}")

    async def _join(self, port: int, lease: _Lease) -> None:
        """@raise PortTaken: it is not the group's."""
        await self._take(port, lease)
        agreed = await self._agreed(port, lease)
        if agreed != port:
            await self._giveBack(port, lease.owner)
            raise PortTaken("port already used", f"group {lease.group} has port {agreed} now, and not {port}")

    async def _agreed(self, port: int, lease: _Lease) -> int:
        """
        Say that this is the port of the lease's group, unless another member says otherwise.

        @return: the port of the group.
        """
        tenure = tenureOf(tenantOf(lease.owner))
        entry = Entry(self._ofGroup(lease), lease.number, {"proxy": lease.name}, str(port), tenure)
        try:
            other = await self._directory.claim(entry, lambda other: tell(tenantOf(lease.owner), other))
        except BaseException:
            await self._giveBack(port, lease.owner)
            raise
        return port if other is None else int(other.share)

    def _ofGroup(self, lease: _Lease) -> Key:
        """Where the port of a group stands: all members share what they say of it."""
        return f"{self._kind} group", lease.group

    async def _take(self, port: int, lease: _Lease) -> None:
        """@raise PortTaken: somebody has it."""
        share = f"group {lease.group}" if lease.group else ""
        tenure = tenureOf(tenantOf(lease.owner))
        entry = Entry((self._kind, str(port)), lease.number, {"proxy": lease.name}, share, tenure)
        other = await self._directory.claim(entry, lambda other: self._lost(port, lease, other))
        if other is not None:
            has = Elsewhere.of(other).holder
            raise PortTaken("port already used", f"port {port} is already used by {has}", holder=has)
        self._leases[port, lease.owner] = lease

    def _lost(self, port: int, lease: _Lease, other: Entry) -> None:
        if self._leases.get((port, lease.owner)) is lease:
            self._giveBack(port, lease.owner)
            tell(tenantOf(lease.owner), other)

    def release(self, port: int, owner: Hashable) -> Deferred[None]:
        lease = self._leases.get((port, owner))
        if lease is None:
            return succeed(None)
        if self._latest.get(lease.name) == port:
            del self._latest[lease.name]
            keeping = self._directory.keep(self._had(lease.name), {"port": port}, RESERVED)
            keeping.addErrback(lambda failure: failure.trap(Unavailable))  # it may get another one next time
        return self._giveBack(port, owner)

    def _giveBack(self, port: int, owner: Hashable) -> Deferred[None]:
        lease = self._leases.pop((port, owner))
        keys = [self._ofGroup(lease)] if lease.group else []
        given = [self._directory.release(key, lease.number) for key in (*keys, (self._kind, str(port)))]
        return DeferredList(given, consumeErrors=True).addCallback(lambda _: None)

    def _had(self, name: str) -> Key:
        return f"{self._kind} reserved", name

    async def _again(self, lease: _Lease) -> int:
        """The port that a proxy of this name had before, if it can be had; or 0."""
        kept = None if lease.name in self._latest else await self._directory.kept(self._had(lease.name))
        port = None if kept is None else kept.get("port")
        if not isinstance(port, int) or port in self._used or port not in self._allowed or self._probe(port):
            return 0
        with suppress(PortTaken):  # meanwhile
            await self._take(port, lease)
            return port
        return 0

    async def _any(self, lease: _Lease) -> int:
        free = len(self._allowed) - len(self._places)
        problems = []
        # Which these are is decided before any is waited for.
        for port in [self._free(rank) for rank in self._random.sample(range(free), min(CANDIDATES, free))]:
            problem = self._probe(port)
            try:
                if problem is None:
                    await self._take(port, lease)
                    return port
            except PortTaken as error:
                problem = error
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
