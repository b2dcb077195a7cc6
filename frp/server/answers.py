"""The messages of kinds that have some of their own (L{ICorrespondingKind<frp.interfaces.ICorrespondingKind>})."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from frp.errors import FRPError
from frp.interfaces import ICorrespondingKind, IProxyKind, IServerMessageSite, IVisitorKind
from frp.server.serving import Serving
from frp.session.correspondence import Answer, Correspondence
from frp.wire.messages import Message

__all__ = ["answersOfKinds"]

Answers = Mapping[type[Message], Answer]


def answersOfKinds(
    serving: Serving,
    site: IServerMessageSite,
    messages: Correspondence,
    through: Callable[[Answers], Answers] = lambda answers: answers,
) -> None:
    """
    Let every installed kind that has control messages answer those of one client. One that breaks is left out. Kinds
    are imported for it, which takes its time: it is for a client that has sent a message of which nobody knows.

    @param site: the client, as kinds see it.
    @param through: gets what each kind answers; returns what is answered.
    """
    registry = serving.registry
    seen: set[type] = set()
    for family in (IProxyKind, IVisitorKind):
        for one in registry.contributions(family):
            try:
                kind = registry.get(family, one.name)
                if ICorrespondingKind.providedBy(kind) and type(kind) not in seen:
                    seen.add(type(kind))
                    messages.enrol(one.title, partial(_answers, kind, site, through))
            except FRPError as error:
                site.log.error("the messages of {kind} are ignored: {reason}", kind=one.title, reason=error.detail)


def _answers(kind: ICorrespondingKind, site: IServerMessageSite, through: Callable[[Answers], Answers]) -> Answers:
    return through(kind.serverAnswers(site))
