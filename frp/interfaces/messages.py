"""Control messages: what the two ends of a control connection say to each other while it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from frp.interfaces.sites import ISite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from twisted.internet.defer import Deferred

    from frp.wire.messages import Login, Message

    M = TypeVar("M", bound=Message)

__all__ = ["IClientMessageSite", "ICorrespondence", "ICorrespondingKind", "IServerMessageSite"]


class ICorrespondence(Interface):
    """One end of a control connection."""

    def tell(message: Message) -> None:
        """
        Send a message that wants no answer. After the end of the connection nothing happens.

        @raise frp.errors.LocalWireError: the peer would not take it.
        """

    def ask(
        message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        """
        Send a message, and wait for the answer.

        @param matches: whether a message of that type is the answer to this one, such as by its transaction id.
        @return: fails with L{Unavailable<frp.errors.Unavailable>} after so many seconds, and with
            L{TunnelLost<frp.errors.TunnelLost>} when the connection ends.
        """


class IServerMessageSite(ISite, ICorrespondence):
    """A control connection, as a kind sees it on frps."""

    login: Login = Attribute("what the client said of itself; proven")
    runId: str = Attribute("names this run of the client")

    def gateway(name: str) -> Any:
        """What all clients share is kept by one."""


class IClientMessageSite(ISite, ICorrespondence):
    """A control connection, as a kind sees it on frpc."""

    runId: str = Attribute("names this run of the client")


class ICorrespondingKind(Interface):
    """
    A kind of proxy or visitor that has control messages of its own: it provides this besides. Each is handled by one
    kind, and none of the built-in ones may be taken over.

    An answer is called with the message; what it returns, or what the awaitable fires with that it returns, is sent to
    the peer, unless it is None. The next message of the peer is not handled before: one that has to ask the peer first
    returns None, and tells the outcome later.

    Where frps is several nodes, a message that names a proxy (C{proxy_name}) is answered at the node of that proxy's
    client, whichever its sender is at; the site is then as the other node tells of it.

    Kinds are asked for their answers when a message comes that nobody else answers: what is not in use is not imported.
    """

    def serverAnswers(site: IServerMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        """@return: what frps does with messages of this client."""

    def clientAnswers(site: IClientMessageSite) -> Mapping[type[Message], Callable[[Any], object]]:
        """@return: what frpc does with messages of frps."""
