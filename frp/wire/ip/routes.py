"""Which way a packet goes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Routes"]

W = TypeVar("W", bound=Hashable)


class Routes(Generic[W]):
    """
    Ways to addresses: those that are known to lead there, and those that packets have come by. Ways are whatever the
    caller likes. Addresses are packed; the empty one is nobody's.
    """

    def __init__(self, mostLearned: int) -> None:
        """@param mostLearned: how many addresses are kept for one way; then the oldest is forgotten."""
        self._most = mostLearned
        self._ways: dict[bytes, W] = {}
        self._leading: dict[bytes, W] = {}
        self._learned: dict[W, dict[bytes, None]] = {}

    def find(self, address: bytes) -> W | None:
        """@return: the way to this address; None where nobody knows one."""
        return self._ways.get(address)

    def lead(self, address: bytes, way: W) -> None:
        """This way leads to the address, whatever packets come by others."""
        self._forgetLearned(address)
        self._leading[address] = self._ways[address] = way

    def learn(self, address: bytes, way: W) -> W | None:
        """
        A packet from this address has come by this way, and answers go back by it: the newest way counts.

        @return: the way that answers took until now, if it was another.
        """
        if self._ways.get(address) is way or address in self._leading:
            return None
        before = self._forgetLearned(address)
        mine = self._learned.setdefault(way, {})
        if len(mine) >= self._most:
            self._forgetLearned(next(iter(mine)))
        mine[address] = None
        self._ways[address] = way
        return before

    def _forgetLearned(self, address: bytes) -> W | None:
        way = self._ways.get(address)
        if way is None or address in self._leading:
            return None
        del self._learned[way][address], self._ways[address]
        return way

    def forget(self, way: W) -> None:
        """It leads nowhere any more."""
        for address in self._learned.pop(way, ()):
            del self._ways[address]
        for address in [address for address, leading in self._leading.items() if leading is way]:
            del self._leading[address], self._ways[address]
