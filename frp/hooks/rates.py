"""
How often each key may come in a second.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

import attrs

from frp.hooks.recent import Recent

__all__ = ["Rates"]

K = TypeVar("K", bound=Hashable)


@attrs.define
class _Bucket:
    """How much of a second's worth is used up, and when that was so."""

    used: float = 0.0
    at: float = 0.0


class Rates(Generic[K]):
    """A second's worth may come at once; who has come slower has no more than that."""

    def __init__(self) -> None:
        self._buckets: Recent[K, _Bucket] = Recent(_Bucket)

    def full(self, key: K, rate: int, now: float) -> bool:
        """@return: whether one more would be too many."""
        bucket = self._buckets[key]
        bucket.used = max(0.0, bucket.used - max(0.0, now - bucket.at) * rate)
        bucket.at = now
        return bucket.used + 1 > rate

    def count(self, key: K) -> None:
        """One more."""
        self._buckets[key].used += 1
