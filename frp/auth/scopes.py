"""Which messages carry a proof (C{auth.additionalScopes})."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from frp.wire.messages import Login, NewWorkConn, Ping

__all__ = ["Proven", "asks", "scopeOf"]

Proven: TypeAlias = Login | Ping | NewWorkConn

_SCOPES: dict[type[Proven], str] = {Login: "", Ping: "HeartBeats", NewWorkConn: "NewWorkConns"}


def scopeOf(message: Proven) -> str:
    """@return: the scope that asks for a proof in such a message; empty for a login, which always has one."""
    return _SCOPES[type(message)]


def asks(scopes: Collection[str], message: Proven) -> bool:
    """@return: whether such a message carries a proof."""
    scope = scopeOf(message)
    return not scope or scope in scopes
