"""The control messages of kinds that have some of their own, on frps."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.errors import FRPError
from frp.interfaces import ICorrespondence, ICorrespondingKind, IProxyKind, IServerMessageSite, IVisitorKind
from frp.logs import Log
from frp.server.gateways import Gateways
from frp.server.serving import Peer, Serving
from frp.session.correspondence import Corresponding
from frp.wire.messages import Login

__all__ = ["MessageSite", "answerForKinds"]


@implementer(IServerMessageSite)
@attrs.frozen(eq=False)
class MessageSite(Corresponding):
    """The control connection of one client."""

    clock: IReactorTime
    log: Log
    login: Login
    runId: str
    messages: ICorrespondence
    _gateways: Gateways

    @classmethod
    def of(cls, serving: Serving, peer: Peer) -> MessageSite:
        return cls(serving.clock, peer.log, peer.login, peer.runId, peer.messages, serving.gateways)

    def gateway(self, name: str) -> Any:
        return self._gateways.get(name)


def answerForKinds(serving: Serving, peer: Peer) -> None:
    """
    Let every installed kind that has control messages answer those of this client. One that breaks is left out. Kinds
    are imported for it, which takes its time: it is for a client that has sent a message of which nobody knows.
    """
    site = MessageSite.of(serving, peer)
    seen: set[type] = set()
    for family in (IProxyKind, IVisitorKind):
        for one in serving.registry.contributions(family):
            try:
                kind = serving.registry.get(family, one.name)
                if ICorrespondingKind.providedBy(kind) and type(kind) not in seen:
                    seen.add(type(kind))
                    peer.messages.enrol(one.title, partial(kind.serverAnswers, site))
            except FRPError as error:
                peer.log.error("the messages of {kind} are ignored: {reason}", kind=one.title, reason=error.detail)
