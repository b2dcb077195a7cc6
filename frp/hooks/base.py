"""A hook that lets everything pass: what others are derived from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from zope.interface import implementer

from frp.interfaces import IServerHook, IStream
from frp.interfaces.operations import (
    ClientClosed,
    ConnectionClosed,
    LoginAnswered,
    NewUserConn,
    Operation,
    ProxyAnswered,
    RequestAnswered,
)
from frp.kinds.promises import PASSES
from frp.wire.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping

__all__ = ["ServerHook"]

F = TypeVar("F", bound=Callable[..., Any])


def _passes(method: F) -> F:
    """Mark a method that only lets pass: a hook that watches the operation must have another one."""
    vars(method)[PASSES] = True
    return method


@implementer(IServerHook)
class ServerHook:
    """
    Derive from it, say which C{operations} to watch, and override their methods.

    @ivar name: stands in the log and in the metrics.
    @ivar operations: names of L{frp.interfaces.operations}.
    """

    name: str = ""
    operations: Collection[str] = ()

    @_passes
    def login(self, operation: Operation[Login]) -> Login | Awaitable[Login]:
        return operation.message

    @_passes
    def newProxy(self, operation: Operation[NewProxy]) -> NewProxy | Awaitable[NewProxy]:
        return operation.message

    def closeProxy(self, operation: Operation[CloseProxy]) -> CloseProxy | Awaitable[CloseProxy]:
        return operation.message

    @_passes
    def ping(self, operation: Operation[Ping]) -> Ping | Awaitable[Ping]:
        return operation.message

    @_passes
    def newWorkConn(self, operation: Operation[NewWorkConn]) -> NewWorkConn | Awaitable[NewWorkConn]:
        return operation.message

    @_passes
    def newUserConn(self, operation: Operation[NewUserConn]) -> NewUserConn | Awaitable[NewUserConn]:
        return operation.message

    @_passes
    def userConnected(
        self, stream: IStream, operation: Operation[NewUserConn]
    ) -> IStream | IProtocol | Awaitable[IStream | IProtocol]:
        return stream

    @_passes
    def loginAnswered(self, operation: Operation[LoginAnswered]) -> Awaitable[None] | None:
        return None

    @_passes
    def clientClosed(self, operation: Operation[ClientClosed]) -> Awaitable[None] | None:
        return None

    @_passes
    def proxyAnswered(self, operation: Operation[ProxyAnswered]) -> Awaitable[None] | None:
        return None

    @_passes
    def connectionClosed(self, operation: Operation[ConnectionClosed]) -> Awaitable[None] | None:
        return None

    @_passes
    def requestAnswered(self, operation: Operation[RequestAnswered]) -> Awaitable[None] | None:
        return None

    def close(self) -> Deferred[None] | None:
        return None
