"""What the kinds of a client see of the control connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.errors import Unavailable
from frp.interfaces import IClientMessageSite, ICorrespondence
from frp.logs import Log
from frp.session.correspondence import Corresponding
from frp.wire.messages import Message

__all__ = ["NOBODY", "MessageSite"]

M = TypeVar("M", bound=Message)


@implementer(IClientMessageSite)
@attrs.frozen
class MessageSite(Corresponding):
    """One session, as a kind with messages of its own sees it."""

    clock: IReactorTime
    log: Log
    runId: str
    messages: ICorrespondence


@implementer(ICorrespondence)
class _Nobody:
    def tell(self, message: Message) -> None:
        """Nobody hears it."""

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        return fail(Unavailable("not connected to the server"))


NOBODY = _Nobody()
