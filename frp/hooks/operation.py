"""
What a server hook is asked about.
"""

from __future__ import annotations

import os
from typing import Generic, TypeVar

import attrs
from twisted.internet.address import IPv4Address, IPv6Address

from frp.session.address import hostPort
from frp.wire.fields import text
from frp.wire.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping

__all__ = [
    "CLOSE_PROXY",
    "LOGIN",
    "NEW_PROXY",
    "NEW_USER_CONN",
    "NEW_WORK_CONN",
    "OPERATIONS",
    "PING",
    "Caller",
    "NewUserConn",
    "Operation",
    "caller",
    "hostPort",
]

LOGIN = "Login"
NEW_PROXY = "NewProxy"
CLOSE_PROXY = "CloseProxy"
PING = "Ping"
NEW_WORK_CONN = "NewWorkConn"
NEW_USER_CONN = "NewUserConn"

OPERATIONS = (LOGIN, NEW_PROXY, CLOSE_PROXY, PING, NEW_WORK_CONN, NEW_USER_CONN)
"""The names of the operations, as C{httpPlugins[].ops} has them."""


@attrs.define
class NewUserConn:
    """
    Somebody uses a proxy. This is no message: it never travels between frpc and frps.

    @ivar proxy_name: with the user's prefix.
    @ivar remote_addr: host and port of whoever came; for a visitor's connection those of its frpc.
    """

    proxy_name: str = text(always=True)
    proxy_type: str = text(always=True)
    remote_addr: str = text(always=True)


M = TypeVar("M", Login, NewProxy, CloseProxy, Ping, NewWorkConn, NewUserConn)


@attrs.frozen
class Caller:
    """
    The client whose operation it is, as it has logged in. A login itself is not proven yet, and may have no run id.

    @ivar address: host and port of its control connection.
    """

    user: str
    metas: dict[str, str]
    runId: str
    address: str


def caller(login: Login, runId: str, address: IPv4Address | IPv6Address) -> Caller:
    """
    @param runId: empty where it is not known yet.
    @param address: the far end of the control connection.
    """
    return Caller(login.user, login.metas, runId, hostPort(address))


def _newID() -> str:
    return os.urandom(8).hex()


@attrs.frozen
class Operation(Generic[M]):
    """
    One question to all hooks that watch an operation.

    @ivar name: one of L{OPERATIONS}.
    @ivar message: what is to happen; what an earlier hook made of it.
    @ivar caller: whose operation it is.
    @ivar id: 16 hexadecimal digits, the same for every hook that is asked about it.
    """

    name: str
    message: M
    caller: Caller
    id: str = attrs.field(factory=_newID)
