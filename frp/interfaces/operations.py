"""What a server hook is asked about."""

from __future__ import annotations

import os
from typing import Generic, TypeVar

import attrs
from twisted.internet.address import IPv4Address, IPv6Address

from frp.interfaces.registries import keyOf
from frp.values import define, frozen
from frp.wire.address import hostPort
from frp.wire.fields import text
from frp.wire.messages import Login, NewProxy

__all__ = [
    "CLIENT_CLOSED",
    "CLOSE_PROXY",
    "CONNECTION_CLOSED",
    "EVENTS",
    "LOGIN",
    "LOGIN_ANSWERED",
    "NEW_PROXY",
    "NEW_USER_CONN",
    "NEW_WORK_CONN",
    "NOBODY",
    "OPERATIONS",
    "PING",
    "PROXY_ANSWERED",
    "REQUEST_ANSWERED",
    "USER_CONNECTED",
    "Caller",
    "ClientClosed",
    "ConnectionClosed",
    "LoginAnswered",
    "NewUserConn",
    "Operation",
    "ProxyAnswered",
    "RequestAnswered",
    "caller",
    "hostPort",
    "newID",
]

LOGIN = "Login"
NEW_PROXY = "NewProxy"
CLOSE_PROXY = "CloseProxy"
PING = "Ping"
NEW_WORK_CONN = "NewWorkConn"
NEW_USER_CONN = "NewUserConn"

OPERATIONS = (LOGIN, NEW_PROXY, CLOSE_PROXY, PING, NEW_WORK_CONN, NEW_USER_CONN)
"""The names of the operations, as C{httpPlugins[].ops} has them."""

USER_CONNECTED = "UserConnected"
"""A user is about to be joined with the client: whoever watches this is given the user's stream."""

LOGIN_ANSWERED = "LoginAnswered"
CLIENT_CLOSED = "ClientClosed"
PROXY_ANSWERED = "ProxyAnswered"
CONNECTION_CLOSED = "ConnectionClosed"
REQUEST_ANSWERED = "RequestAnswered"

EVENTS = (LOGIN_ANSWERED, CLIENT_CLOSED, PROXY_ANSWERED, CONNECTION_CLOSED, REQUEST_ANSWERED)
"""What has happened: hooks are told, and nobody waits for what they say. The reference has only C{CloseProxy}."""


@define
class NewUserConn:
    """
    Somebody uses a proxy. This is no message: it never travels between frpc and frps.

    @ivar remote_addr: host and port of whoever came; for a visitor's connection those of its frpc.
    """

    proxy_name: str = text(always=True)
    proxy_type: str = text(always=True)
    remote_addr: str = text(always=True)


@define
class LoginAnswered:
    """
    A client has asked to log in, and was answered. Where it was refused, what it said of itself need not be true.

    @ivar error: why it is not in, as our log has it; empty when it is.
    @ivar rejected: whether that is because it did not prove who it is, or because a hook said no.
    """

    login: Login
    error: str = ""
    rejected: bool = False


@define
class ClientClosed:
    """A client that was in for so long is gone; its proxies are closed, users that are being served may still be."""

    reason: str
    seconds: float


@define
class ProxyAnswered:
    """
    A client has asked for a proxy, and was answered. The end of one that was opened is a L{CloseProxy}.

    @ivar proxy: as it was opened, after all hooks; as it was asked for, where one refused it.
    @ivar remote_addr: where users reach it.
    @ivar error: why it is not open, as our log has it; empty when it is.
    """

    proxy: NewProxy
    remote_addr: str = ""
    error: str = ""


@define
class ConnectionClosed(NewUserConn):
    """
    A user is gone, or was never let in. The id of the operation is that of its L{NewUserConn}.

    @ivar bytes_in: from the user to the service; @ivar bytes_out: from the service to the user. Of the application,
        before encryption and compression.
    @ivar seconds: from the moment in which the user came.
    @ivar reason: C{done}; C{reset}: it ended by an error on either side; C{refused}: by a hook; C{no work stream}: the
        client brought none; C{no answer}: the client's side ended before the service sent a byte; C{answered}: by a
        hook, in place of the service.
    """

    bytes_in: int = 0
    bytes_out: int = 0
    seconds: float = 0.0
    reason: str = ""


@define
class RequestAnswered(NewUserConn):
    """
    A request that came to C{vhostHTTPPort} was answered, or will not be. Of one for which there is no proxy, proxy and
    caller are empty.

    @ivar method: as it was sent; so are C{target} (the path and what is behind it) and C{version}, C{HTTP/1.1}.
    @ivar host: whom the user wanted, as it was sent.
    @ivar login: the user's name in its HTTP Basic proof, which need not be right.
    @ivar status: of the response; 0 where there was none.
    @ivar bytes_in: of the request's body; @ivar bytes_out: of the response's.
    @ivar answered: seconds from the request's head to the response's; 0 where there was none.
    @ivar seconds: the same to the end of the response.
    @ivar reason: C{whole}; C{left}: the user; C{unanswered} or C{aborted}: by the service, before or behind the head of
        the response; C{upgraded}: to another protocol, such as WebSocket, of which nothing more is told.
    """

    method: str = ""
    target: str = ""
    version: str = ""
    host: str = ""
    login: str = ""
    referer: str = ""
    user_agent: str = ""
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    answered: float = 0.0
    seconds: float = 0.0
    reason: str = ""


M_co = TypeVar("M_co", covariant=True)


@frozen
class Caller:
    """
    The client whose operation it is, as it has logged in. A login itself is not proven yet, and may have no run id.

    @ivar address: host and port of its control connection.
    @ivar clientID: as it calls itself, or empty.
    """

    user: str
    metas: dict[str, str]
    runId: str
    address: str
    clientID: str = ""

    @property
    def named(self) -> bool:
        """Whether anything tells it from the others of its user."""
        return bool(self.clientID or self.runId)

    @property
    def key(self) -> str:
        """The L{key<frp.interfaces.registries.keyOf>} of the client."""
        return keyOf(self.user, self.clientID, self.runId)


NOBODY = Caller("", {}, "", "")
"""Stands for the client where there is none."""


def caller(login: Login, runId: str, address: IPv4Address | IPv6Address) -> Caller:
    """C{runId} is empty where it is not known yet; C{address} is the far end of the control connection."""
    return Caller(login.user, login.metas, runId, hostPort(address), login.client_id)


def newID() -> str:
    """@return: for one more operation."""
    return os.urandom(8).hex()


@frozen
class Operation(Generic[M_co]):
    """
    One question to all hooks that watch an operation.

    @ivar name: one of L{OPERATIONS}, L{USER_CONNECTED} or one of L{EVENTS}.
    @ivar message: what is to happen; what an earlier hook made of it.
    @ivar id: 16 hexadecimal digits, the same for every hook that is asked about it. The operations on one user's
        connection, from C{NewUserConn} to C{ConnectionClosed}, share one; so do a C{NewProxy} and its
        C{ProxyAnswered}.
    """

    name: str
    message: M_co
    caller: Caller
    id: str = attrs.field(factory=newID)
