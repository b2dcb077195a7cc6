"""What a session asks of the socket that it shares, or has for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frp.transports.quic.interfaces import Address

__all__ = ["Door"]

S = TypeVar("S", contravariant=True)


class Door(Protocol[S]):
    """Where datagrams leave, and who tells sessions (C{S}) apart that share it."""

    def leave(self, datagrams: Sequence[bytes], receiver: Address) -> None:
        """Send them."""

    def mtu(self, receiver: Address) -> int:
        """@return: bytes of the largest packet that the system believes in; 0 where it does not say."""

    def named(self, session: S, name: bytes) -> None:
        """The session is called so, too."""

    def unnamed(self, session: S, name: bytes) -> None:
        """It is called so no more."""

    def welcome(self, session: S) -> None:
        """It is known who its peer is."""

    def gone(self, session: S) -> None:
        """It has ended."""
