"""Things that are remembered by a key, as many as there is room for, and counting them."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["ROOM", "Lasting", "Recent", "Strikes"]

ROOM = 10_000
"""How many keys are remembered: strangers choose their addresses."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """What was used least recently gives way."""

    def __init__(self, make: Callable[[], V], room: int = ROOM) -> None:
        """@param make: gives the value of a new key."""
        self._make = make
        self._room = room
        self._found: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, key: K) -> V:
        """@return: the value of this key, made when there was none."""
        value = self._found.get(key)
        if value is None:
            value = self[key] = self._make()
        else:
            self._found.move_to_end(key)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self._found[key] = value
        self._found.move_to_end(key)
        if len(self._found) > self._room:
            self._found.popitem(last=False)

    def get(self, key: K) -> V | None:
        """@return: the value of this key, or None; it does not count as used."""
        return self._found.get(key)

    def pop(self, key: K) -> None:
        self._found.pop(key, None)


class Strikes:
    """Counts what happened to each key of late."""

    def __init__(self, allowed: int, within: float) -> None:
        """
        @param allowed: so many are too many; nothing is counted where it is not positive.
        @param within: seconds for which each counts.
        """
        self._allowed = allowed
        self._within = within
        self._times: Recent[str, deque[float]] = Recent(lambda: deque(maxlen=max(1, allowed)))

    def out(self, key: str, now: float) -> bool:
        """@return: whether this was one too many; then they are forgotten."""
        if self._allowed <= 0:
            return False
        times = self._times[key]
        times.append(now)
        if len(times) < self._allowed or not 0 <= now - times[0] <= self._within:
            return False
        self._times.pop(key)
        return True


class Lasting:
    """What begins for a key, and is over after a while; also when the clock is set back to before it began."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began: Recent[str, float] = Recent(float)

    def begin(self, key: str, now: float) -> None:
        self._began[key] = now

    def lasts(self, key: str, now: float) -> bool:
        """@return: whether it is not over yet."""
        began = self._began.get(key)
        return began is not None and 0 <= now - began < self._seconds
