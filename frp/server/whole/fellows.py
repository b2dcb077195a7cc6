"""The other workers of one frps, as one of them reaches them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from twisted.internet.defer import Deferred, fail, succeed

from frp.errors import Unavailable

__all__ = ["Alone", "Fellows"]


class Fellows(Protocol):
    """@ivar numbers: which there are, whether or not they are there now."""

    @property
    def numbers(self) -> Collection[int]: ...

    def ask(self, number: int, question: bytes) -> Deferred[bytes]:
        """
        Questions to one worker come to it in the order in which they are asked.

        @return: fires with the answer; fails with L{Unavailable<frp.errors.Unavailable>} where the worker is not there.
        """

    def tell(self, what: bytes) -> None:
        """Let the first worker know; nothing tells whether it has heard. What the first one says, nobody hears."""

    def settled(self) -> Deferred[None]:
        """@return: fires when every other worker has ended, where all are to end; at once, where they are not."""


class Alone:
    """There is none."""

    numbers: Collection[int] = ()

    def ask(self, number: int, question: bytes) -> Deferred[bytes]:
        return fail(Unavailable(f"there is no worker {number}"))

    def tell(self, what: bytes) -> None:
        """Nobody listens."""

    def settled(self) -> Deferred[None]:
        return succeed(None)
