"""How a peer that knows nothing of a connection says so (RFC 9000, section 10.3)."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Sequence
from typing import Any

from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated

from frp.errors import FRPError, TunnelLost
from frp.transports.quic.interfaces import Datagram

__all__ = ["Resettable"]


def _nobodys(name: bytes) -> bytes:
    """@return: a token that will never be used."""
    return os.urandom(16)


class Resettable(QuicConnection):
    """A base of the engine: the tokens of both sides."""

    def __init__(self, *, resetToken: Callable[[bytes], bytes] = _nobodys, **keywords: Any) -> None:
        """@param resetToken: makes that of a connection id of ours, 16 bytes, by which the peer will believe us."""
        super().__init__(**keywords)
        self._resetToken = resetToken
        if not self._is_client:  # a client has no way to tell one for the first
            self._host_cids[0].stateless_reset_token = resetToken(self.host_cid)

    def _replenish_connection_ids(self) -> None:
        known = len(self._host_cids)
        super()._replenish_connection_ids()
        for each in self._host_cids[known:]:
            each.stateless_reset_token = self._resetToken(each.cid)

    def isReset(self, datagrams: Sequence[Datagram]) -> bool:
        """Whether one of these, which nobody can read, is the peer's word that it knows nothing of us."""
        token = self._peer_cid.stateless_reset_token
        return bool(token) and any(hmac.compare_digest(datagram[-len(token) :], token) for datagram in datagrams)

    def forget(self, now: float) -> FRPError:
        """@return: why it is over. Nothing is said to the peer any more."""
        self._close_event = ConnectionTerminated(error_code=0, frame_type=None, reason_phrase="")
        self._close_begin(is_initiator=False, now=now)
        brief = "the peer knows nothing of the session"
        return TunnelLost(brief, f"{brief}: it was started again")
