"""Server hooks: asked before something is done, told of what has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.sites import IConfigured, IReachingSite

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection

    from twisted.internet.interfaces import IProtocol

    from frp.interfaces import operations as ops
    from frp.interfaces.operations import NewUserConn, Operation
    from frp.interfaces.streams import IStream
    from frp.wire.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping

__all__ = ["IServerHook", "IServerHookKind", "IServerHookSite"]


class IServerHookSite(IReachingSite):
    """What a hook may ask of its server."""


class IServerHookKind(IConfigured):
    """C{hooks[].type}. An entry of C{httpPlugins} is of the kind C{http}. C{config} is an instance of C{schema}."""

    def hook(config: Any, site: IServerHookSite) -> IServerHook:
        """@raise frp.errors.FRPError: the server does not start without it."""


class IServerHook(Interface):
    """
    Is asked before a server does something, and may change or refuse it; and is told of what has happened.

    Only methods of C{operations} that it watches are called, and only these need be there: derive from
    L{ServerHook<frp.hooks.base.ServerHook>}, which has them all.

    Each method that is asked returns what goes on: the message that it was given, changed or not, or another one of the
    same class; or a coroutine or Deferred that gives it. It raises L{Refused<frp.errors.Refused>} with what the client
    is told. Any other error, a message that could not have come over the wire, and no answer in the time that
    C{hooks[].timeout} gives, is a failure: the one operation is refused, or goes on without the hook
    (C{hooks[].onError}); what is still awaited is cancelled then.

    What is returned by a method that is told is ignored; it may be something to await, for which the time counts, too.
    """

    name: str = Attribute("stands in the log and in the metrics")
    operations: Collection[str] = Attribute(
        "the operations that it watches, by the names in L{frp.interfaces.operations}; read once, nothing else is asked"
    )

    def login(operation: Operation[Login]) -> Login | Awaitable[Login]:
        """A client wants to log in. What it says of itself is not proven yet: that is looked at afterwards."""

    def newProxy(operation: Operation[NewProxy]) -> NewProxy | Awaitable[NewProxy]:
        """A client wants a proxy; nothing of the message has been checked."""

    def closeProxy(operation: Operation[CloseProxy]) -> CloseProxy | Awaitable[CloseProxy]:
        """Told: a proxy was closed."""

    def ping(operation: Operation[Ping]) -> Ping | Awaitable[Ping]:
        """A heartbeat, before it is verified. A client whose heartbeat is refused ends its session."""

    def newWorkConn(operation: Operation[NewWorkConn]) -> NewWorkConn | Awaitable[NewWorkConn]:
        """A client brings a work connection, before it is verified."""

    def newUserConn(operation: Operation[NewUserConn]) -> NewUserConn | Awaitable[NewUserConn]:
        """Somebody uses a proxy whose connections have one user each. The answer counts only as yes or no."""

    def userConnected(
        stream: IStream, operation: Operation[NewUserConn]
    ) -> IStream | IProtocol | Awaitable[IStream | IProtocol]:
        """
        The same user, whom no hook has refused, before there is a work stream.

        @param stream: the user's, or what the hook before this one made of it; paused.
        @return: what the tunnel shall take for it, such as a L{StreamWrapper<frp.hooks.wrapper.StreamWrapper>} around
            it, or the same; or a protocol (which is no transport) that answers in place of the service: it is connected
            to the stream, no further hook sees it, and no work stream is needed.
        """

    def loginAnswered(operation: Operation[ops.LoginAnswered]) -> Awaitable[None] | None:
        """Told: a client was let in, or refused."""

    def clientClosed(operation: Operation[ops.ClientClosed]) -> Awaitable[None] | None:
        """Told: a client that was let in is gone."""

    def proxyAnswered(operation: Operation[ops.ProxyAnswered]) -> Awaitable[None] | None:
        """Told: a proxy was opened, or refused."""

    def connectionClosed(operation: Operation[ops.ConnectionClosed]) -> Awaitable[None] | None:
        """Told: a user is gone; also one that was refused."""

    def requestAnswered(operation: Operation[ops.RequestAnswered]) -> Awaitable[None] | None:
        """Told: a request to a gateway for HTTP was answered."""

    def close() -> Awaitable[None] | None:
        """The server stops: let go of what is held."""
