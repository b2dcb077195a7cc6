"""
What a server that runs hands out to those who serve its clients, and what a client that has logged in hands out to its
proxies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred

from frp.config.server import ServerConfig
from frp.errors import FRPError
from frp.hooks.chain import Hooks
from frp.interfaces import IAuthenticator, IElsewhere, IReactor, IServerMessageSite, IStream, Tenure
from frp.interfaces.flowing import Flowing
from frp.interfaces.operations import Caller
from frp.kinds import Registry
from frp.logs import Log
from frp.server.gateways import Gateways
from frp.server.portgroups import PortGroups
from frp.server.shared import Shared
from frp.session.correspondence import Answer, Correspondence
from frp.session.greeting import Heard
from frp.session.turnstile import Turnstile
from frp.values import frozen
from frp.wire.dialect import Dialect
from frp.wire.messages import Login, Message, NewProxy, NewWorkConn

__all__ = ["Others", "Peer", "Serving", "StreamSource"]

T = TypeVar("T")

#: Characters of an error that a client is told, so that the answer fits in a message however they are written in JSON.
MAX_TOLD = 500


class StreamSource(Protocol):
    """
    Where work streams of a client come from.

    @ivar waiting: how many users wait for one.
    """

    @property
    def waiting(self) -> int: ...

    def begin(self, start: bytes) -> Deferred[IStream]:
        """
        @param start: what tells the client for whom it is.
        @return: fires with one that has begun with that, paused; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}.
        """


class _Together(Protocol):
    def __call__(self, act: Callable[[], T]) -> T: ...


@frozen(eq=False)
class Peer:
    """
    A client that has logged in.

    @ivar tenure: as who it holds what it has; the line is its run id.
    @ivar takeBack: closes one of its proxies, by its name, because of something that the client has not done.
    @ivar elsewhere: see L{IServerSite<frp.interfaces.IServerSite>}.
    @ivar together: does something that sends to the client, in one write where its connections share a carrier.
    """

    login: Login
    tenure: Tenure
    caller: Caller
    dialect: Dialect
    messages: Correspondence
    workStreams: StreamSource
    together: _Together
    takeBack: Callable[[str, str], object]
    log: Log
    elsewhere: IElsewhere | None = None

    @property
    def runId(self) -> str:
        return self.tenure.line

    def __repr__(self) -> str:
        return f"client [{self.caller.key}]"


class Others(Protocol):
    """The other nodes of a server."""

    def announce(self, peer: Peer, message: NewProxy, port: int) -> Awaitable[None]:
        """
        Tell them of a proxy that is open here.

        @param port: which of the server's ports it has, or 0.
        @raise FRPError: (when it is awaited) it may not be.
        """

    def login(self, runId: str) -> Login | None:
        """@return: of a client that is at any of them, as much as matters to its visitors."""

    def answer(self, site: IServerMessageSite, answer: Answer, message: Message) -> object:
        """
        A client says something, which may be about a proxy of another node: that one answers then.

        @param answer: what this node says.
        @return: what C{answer} would return.
        """

    def bring(self, message: NewWorkConn, heard: Heard) -> Awaitable[None]:
        """
        Pass a work connection on to the node where its client is.

        @raise NoWorkStream: (at once, or when it is awaited) there is none.
        """


@frozen(eq=False)
class Serving:
    """
    A server that runs.

    @ivar others: where this server is one node of several.
    @ivar turnstile: where clients wait that log in, open proxies or have gone.
    @ivar checks: each is called with a login that is proven, and its run id; raises L{Refused<frp.errors.Refused>}.
    """

    reactor: IReactor
    config: ServerConfig
    registry: Registry
    authenticator: IAuthenticator
    hooks: Hooks
    gateways: Gateways
    shared: Shared
    tcpGroups: PortGroups
    flowing: Flowing
    log: Log
    turnstile: Turnstile
    checks: Sequence[Callable[[Login, str], object]] = ()
    others: Others | None = None

    def tell(self, error: FRPError, summary: str) -> str:
        """
        @return: what a client is told of an error: all that is meant for it, or only C{summary}
            (C{detailedErrorsToClient = false}); cut where it would be too long.
        """
        text = error.brief if self.config.detailedErrorsToClient else summary
        return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}..."
