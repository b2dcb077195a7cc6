"""What a session asks of the socket that it shares, or has for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frp.transports.quic.interfaces import Address
    from frp.transports.quic.session import QUICSession

__all__ = ["Door"]


class Door(Protocol):
    """Where datagrams leave, and who tells sessions apart that share it."""

    def leave(self, datagrams: Sequence[bytes], receiver: Address) -> None:
        """Send them."""

    def mtu(self, receiver: Address) -> int:
        """@return: bytes of the largest packet that the system believes in; 0 where it does not say."""

    def named(self, session: QUICSession, name: bytes) -> None:
        """The session is called so, too."""

    def unnamed(self, session: QUICSession, name: bytes) -> None:
        """It is called so no more."""

    def welcome(self, session: QUICSession) -> None:
        """It is known who its peer is."""

    def gone(self, session: QUICSession) -> None:
        """It has ended."""
