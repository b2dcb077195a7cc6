"""
The control messages of kinds that have some of their own, on frps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.errors import PluginError
from frp.interfaces import ICorrespondingKind, IProxyKind, IServerMessageSite, IVisitorKind
from frp.logs import Log
from frp.server.serving import Peer, Serving
from frp.wire.messages import Login, Message

__all__ = ["MessageSite", "answerForKinds"]

M = TypeVar("M", bound=Message)


@implementer(IServerMessageSite)
@attrs.frozen(eq=False)
class MessageSite:
    """The control connection of one client."""

    _serving: Serving
    _peer: Peer

    @property
    def clock(self) -> IReactorTime:
        """The time."""
        return self._serving.clock

    @property
    def log(self) -> Log:
        """That of the client."""
        return self._peer.log

    @property
    def login(self) -> Login:
        """What the client said of itself."""
        return self._peer.login

    @property
    def runId(self) -> str:
        """Names this run of the client."""
        return self._peer.runId

    def tell(self, message: Message) -> None:
        self._peer.messages.tell(message)

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        return self._peer.messages.ask(message, reply, matches, timeout=timeout)

    def gateway(self, name: str) -> Any:
        return self._serving.gateways.get(name)


def answerForKinds(serving: Serving, peer: Peer) -> None:
    """
    Let every installed kind that has control messages answer those of this client. One that breaks is left out. Kinds
    are imported for it, which takes its time: it is for a client that has sent a message of which nobody knows.
    """
    site = MessageSite(serving, peer)
    seen: set[type] = set()
    for family in (IProxyKind, IVisitorKind):
        for one in serving.registry.contributions(family):
            try:
                kind = serving.registry.get(family, one.name)
                if ICorrespondingKind.providedBy(kind) and type(kind) not in seen:
                    seen.add(type(kind))
                    peer.messages.answer(kind.serverAnswers(site), one.title)
            except PluginError as error:
                peer.log.error("the messages of {kind} are ignored: {reason}", kind=one.title, reason=error.detail)
            except Exception:
                peer.log.failure("the messages of {kind} are ignored", kind=one.title)
