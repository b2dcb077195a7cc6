"""
Data and parity shards: what a lost datagram is made from again without asking for it.

The reference leaves out the parity of a group that took longer than half a second, and does not skip its numbers. So
where groups begin cannot be known from numbers alone, but only from the types of shards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from frp.wire.kcp.reedsolomon import DATA, MAX_SHARD, PARITY, parity, recover
from frp.wire.kcp.segments import DATA_SHARD, PARITY_SHARD, SHARD, SHARD_SIZE

__all__ = ["MEMORY", "ShardReader", "ShardWriter"]

#: How many of the newest shards are remembered.
MEMORY = 3 * (DATA + PARITY)

#: Where the numbers of shards begin anew; only at a parity shard.
_WRAP = 0xFFFFFFFF // (DATA + PARITY) * (DATA + PARITY)

_NAME = SHARD_SIZE - 2  # bytes before what parity is made of

_pack = SHARD.pack
_unpack = SHARD.unpack_from


class ShardWriter:
    """Makes datagrams. The parity of each group is always sent, so that numbers and groups stay aligned."""

    __slots__ = ("_group", "_next")

    def __init__(self) -> None:
        self._next = 0
        self._group: list[bytes] = []

    def write(self, bodies: Iterable[bytes]) -> list[bytes]:
        """
        @param bodies: each with its size (16 bits) before its segments.
        @return: the datagrams, parity among them.
        """
        made: list[bytes] = []
        group, number = self._group, self._next
        for body in bodies:
            # As a size is not known to Struct: the number and the type are one little endian number of six bytes.
            made.append((number | DATA_SHARD << 32).to_bytes(_NAME, "little") + body)
            number += 1
            group.append(body)
            if len(group) == DATA:
                for shard in parity(group):
                    made.append((number | PARITY_SHARD << 32).to_bytes(_NAME, "little") + shard)
                    number = (number + 1) % _WRAP
                group.clear()
        self._next = number
        return made


class ShardReader:
    """
    Remembers the newest shards, and makes lost ones from them.

    @ivar expected: the number of the next shard, while none is lost or late.
    @ivar recoverable: whether a shard is missing of late; until then there is nothing to do.
    """

    __slots__ = ("_missing", "_phase", "_recent", "_size", "expected", "recoverable")

    def __init__(self) -> None:
        self.expected = 0
        self.recoverable = False
        self._missing: set[int] = set()
        self._phase = DATA  # where a group's parity begins, modulo the size of a group
        self._recent: deque[tuple[bytes, int, int]] = deque()
        self._size = 0  # how many shards are in it

    def came(self, train: bytes, size: int) -> None:
        """
        Remember shards.

        @param train: shards of C{size} bytes each, the last of which may be shorter.
        """
        many = -(-len(train) // size)
        recent = self._recent
        recent.append((train, size, many))
        self._size += many
        while self._size - recent[0][2] >= MEMORY:
            self._size -= recent.popleft()[2]

    def skipped(self, number: int) -> None:
        """Another shard than the expected one has come."""
        ahead = number - self.expected
        if 0 < ahead <= MEMORY:
            self._missing.update(range(self.expected, number))
            self.expected = number + 1
        elif -MEMORY <= ahead < 0:
            self._missing.discard(number)
        else:
            self._missing.clear()
            self.expected = number + 1
        oldest = self.expected - MEMORY
        self._missing = {each for each in self._missing if each >= oldest}
        self.recoverable = bool(self._missing)

    def recovered(self) -> list[bytes]:
        """
        Make what can be made of the shards that are missing.

        @return: segments; each is given once. What comes of shards that somebody has made up is not told apart here.
        """
        shards = self._shards()
        found: list[bytes] = []
        for start in self._starts(shards):
            first = start - DATA
            lost = [number - first for number in range(first, start) if number not in shards]
            checks = [number for number in range(start, start + PARITY) if shards.get(number, (0,))[0] == PARITY_SHARD]
            if not 0 < len(lost) <= len(checks) or not self._missing.issuperset(first + place for place in lost):
                continue
            kinds = {shards[number][0] for number in range(first, start) if number in shards}
            if kinds != {DATA_SHARD}:
                continue
            used = [number for number in range(first, start) if number in shards] + checks[: len(lost)]
            bodies = recover({number - first: shards[number][1] for number in used}, lost)
            self._missing.difference_update(first + place for place in lost)
            found += [body[2:size] for body in bodies if 2 < (size := body[0] | body[1] << 8) <= len(body)]
        self.recoverable = bool(self._missing)
        return found

    def _shards(self) -> dict[int, tuple[int, bytes]]:
        """What is remembered: types and contents, by number."""
        found = {}
        for train, size, _ in self._recent:
            for at in range(0, len(train), size):
                if len(train) - at >= SHARD_SIZE:
                    number, kind, _ = _unpack(train, at)
                    found[number] = kind, train[at + _NAME : at + min(size, MAX_SHARD)]
        return found

    def _starts(self, shards: dict[int, tuple[int, bytes]]) -> Iterator[int]:
        """The numbers at which parity begins, as far as they are known."""
        begun = -1
        for number in sorted(number for number, (kind, _) in shards.items() if kind == PARITY_SHARD):
            if begun <= number < begun + PARITY and begun >= 0:
                continue
            before = shards.get(number - 1)
            if before is not None and before[0] == DATA_SHARD:
                self._phase = number % (DATA + PARITY)
                begun = number
            else:
                place = (number - self._phase) % (DATA + PARITY)
                if place >= PARITY:
                    continue
                begun = number - place
            yield begun
