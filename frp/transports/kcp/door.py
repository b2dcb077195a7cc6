"""What a conversation asks of the port that it shares, or has for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet.interfaces import IReactorTime

__all__ = ["Door"]

S = TypeVar("S", contravariant=True)


class Door(Protocol[S]):
    """
    Where datagrams leave, and who keeps the time for all conversations (C{S}).

    @ivar clock: the time.
    """

    clock: IReactorTime

    def now(self) -> int:
        """The time in milliseconds, from a secret beginning."""

    def welcome(self, stream: S) -> None:
        """A conversation's peer has proven who it is, or where."""

    def forget(self, stream: S) -> None:
        """A conversation is over."""

    def fault(self, stream: S, reason: Exception) -> Exception:
        """@return: what the protocol of a conversation is told when it is over."""

    def schedule(self, stream: S) -> None:
        """Wake a conversation when something is due. Being woken too early costs little."""

    def send(self, stream: S, datagrams: Sequence[bytes]) -> None:
        """Send datagrams. What the system does not take now is lost, and sent again in time."""
